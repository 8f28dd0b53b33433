// What norms learn: a scale γ, initially 1, and an offset β, initially 0, for each channel (or in another shape).
// Either can be left out.
#pragma once

#include "framework/module.h"

namespace normlab {

class Affine {
  public:
    Var weight, bias;  // γ and β

  protected:
    ~Affine() = default;

    void make_affine(const Shape& shape, bool scale, bool center) {
        if (scale) weight = Var::parameter(Tensor(shape));
        if (center) bias = Var::parameter(Tensor(shape));
        reset_affine();
    }
    void reset_affine() {
        if (weight.defined()) weight.mutable_value().copy_from(Tensor::full(weight.shape(), 1));
        if (bias.defined()) bias.mutable_value().copy_from(Tensor::zeros(bias.shape()));
    }
    void affine_members(Members& m) {
        m.parameter("weight", weight);
        m.parameter("bias", bias);
    }
};

}  // namespace normlab
