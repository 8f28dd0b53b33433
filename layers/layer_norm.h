// LayerNorm: each image as a whole (Ba, Kiros, Hinton 2016).
//   y = γ (x − μ) / √(σ² + ε) + β           μ, σ² over all elements of one image
// γ and β belong to elements, not to channels; for one per channel, which does not tie the layer to an image size, use
// a GroupNorm of one group. Training and evaluation are the same.
#pragma once

#include "framework/ops/normalize.h"
#include "layers/affine.h"

namespace normlab {

struct LayerNormOptions {
    Shape normalized_shape;  // of one image: (C,H,W) or (C), all axes but the batch
    double eps = 1e-5;
    bool elementwise_affine = true;
    bool bias = true;
    double gamma_init = 1, beta_init = 0;
};

class LayerNorm : public Module, public Affine {
  public:
    explicit LayerNorm(const LayerNormOptions& options);

    Var forward(const Var& x) override;
    void members(Members& members) override { affine_members(members); }
    void reset_parameters(std::uint64_t, const std::string&) override { reset_affine(); }
    std::string kind() const override { return "LayerNorm"; }
    bool is_norm() const override { return true; }

    LayerNormOptions options;
};

}  // namespace normlab
