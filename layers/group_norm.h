// GroupNorm: the channels of one image in groups (Wu, He 2018).
//   y = γ (x − μ) / √(σ² + ε) + β           μ, σ² over the pixels of C/G neighbouring channels of one image
// γ and β belong to channels. The batch plays no part, so training and evaluation are the same. One group makes it a
// layer norm over C,H,W, a group for each channel an instance norm.
#pragma once

#include "framework/ops/normalize.h"
#include "layers/affine.h"

namespace normlab {

struct GroupNormOptions {
    Index num_groups = 1;
    Index num_channels = 0;
    double eps = 1e-5;
    bool affine = true;
    bool scale = true, center = true;  // if affine, γ or β can be left out
    double gamma_init = 1, beta_init = 0;
};

class GroupNorm : public Module, public Affine {
  public:
    explicit GroupNorm(const GroupNormOptions& options);

    Var forward(const Var& x) override;
    void members(Members& members) override { affine_members(members); }
    void reset_parameters(std::uint64_t, const std::string&) override { reset_affine(); }
    std::string kind() const override { return "GroupNorm"; }
    bool is_norm() const override { return true; }

    GroupNormOptions options;
};

}  // namespace normlab
