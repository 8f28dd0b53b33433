// What norms learn: a scale γ and an offset β for each channel (or in another shape), initially all the same, 1 and 0
// unless an option says otherwise. Either can be left out.
#pragma once

#include "framework/module.h"

namespace normlab {

class Affine {
  public:
    Var weight, bias;  // γ and β

  protected:
    ~Affine() = default;

    void make_affine(const Shape& shape, bool scale, bool center, double gamma, double beta = 0) {
        if (scale) weight = Var::parameter(Tensor(shape));
        if (center) bias = Var::parameter(Tensor(shape));
        gamma_ = static_cast<Scalar>(gamma), beta_ = static_cast<Scalar>(beta);
        reset_affine();
    }
    void reset_affine() {
        if (weight.defined()) weight.mutable_value().copy_from(Tensor::full(weight.shape(), gamma_));
        if (bias.defined()) bias.mutable_value().copy_from(Tensor::full(bias.shape(), beta_));
    }
    void affine_members(Members& m) {
        m.parameter("weight", weight);
        m.parameter("bias", bias);
    }

  private:
    Scalar gamma_ = 1, beta_ = 0;
};

}  // namespace normlab
