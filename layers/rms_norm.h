// RMSNorm: a layer norm that does not subtract the mean (Zhang, Sennrich 2019).
//   y = γ x / √(mean(x²) + ε)               mean over all elements of one image
// γ belongs to channels. Training and evaluation are the same.
#pragma once

#include "framework/ops/normalize.h"
#include "layers/affine.h"

namespace normlab {

struct RMSNormOptions {
    Index num_channels = 0;
    double eps = 1e-5;
    bool affine = true;
    double gamma_init = 1;
};

class RMSNorm : public Module, public Affine {
  public:
    explicit RMSNorm(const RMSNormOptions& options);

    Var forward(const Var& x) override;
    void members(Members& members) override { affine_members(members); }
    void reset_parameters(std::uint64_t, const std::string&) override { reset_affine(); }
    std::string kind() const override { return "RMSNorm"; }
    bool is_norm() const override { return true; }

    RMSNormOptions options;
};

}  // namespace normlab
