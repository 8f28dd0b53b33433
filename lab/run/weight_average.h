// An exponential moving average of a model's weights, train.ema_decay: a second model that follows the one that learns.
//
//   average ← d · average + (1 − d) · weights,  d = min(decay, (1 + t)/(10 + t)) after step t
//
// (Polyak, Juditsky 1992; the d that grows at first is TensorFlow's, so that a short run is not held back by its
// initial weights.) Running statistics are averaged like weights: they belong to a model whose weights have changed as
// slowly. Counters are copied.
#pragma once

#include "framework/state.h"
#include "lab/model/model_file.h"

namespace normlab {

class WeightAverage {
  public:
    WeightAverage(double decay, const Model& learning);  // begins where that is, and follows it

    void follow(Index step);                       // after that many steps
    const Model& model() const { return model_; }  // in eval()

  private:
    double decay_;
    Model model_;
    StateDict from_, to_;
};

}  // namespace normlab
