// RMSNorm: a layer norm that does not subtract the mean (Zhang, Sennrich 2019).
//   y = γ x / √(mean(x²) + ε)               mean over all elements of one image
// γ belongs to channels. Training and evaluation are the same.
#pragma once

#include "framework/module.h"
#include "framework/ops/normalize.h"

namespace normlab {

struct RMSNormOptions {
    Index num_channels = 0;
    double eps = 1e-5;
    bool affine = true;
};

class RMSNorm : public Module {
  public:
    explicit RMSNorm(const RMSNormOptions& options);

    Var forward(const Var& x) override;
    void members(Members& members) override { members.parameter("weight", weight); }
    void reset_parameters(std::uint64_t seed, const std::string& name) override;
    std::string kind() const override { return "RMSNorm"; }

    RMSNormOptions options;
    Var weight;
};

}  // namespace normlab
