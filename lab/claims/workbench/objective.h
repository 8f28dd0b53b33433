// What a net is to make small: its loss on a batch.
#pragma once

#include "datasets/loader.h"
#include "framework/module.h"

namespace normlab {

class Objective {
  public:
    Objective(const Batch& batch) : input_(batch.images), labels_(batch.labels) {}  // the cross-entropy
    Objective(Tensor x, Tensor target);  // ‖f(x) − target‖², the mean over the rows of x

    Var of(Module& net) const { return of_output(net(input_)); }
    Var of_output(const Var& output) const;
    const Tensor& input() const { return input_; }
    double accuracy(const Tensor& output) const;  // a fraction; 0 without labels

  private:
    Tensor input_, target_;
    Labels labels_;
};

}  // namespace normlab
