// Linear: y = x Wᵀ + b, each output a weighted sum of all inputs. The same in training and in evaluation.
#pragma once

#include "framework/module.h"
#include "framework/ops/linear.h"
#include "layers/init.h"

namespace normlab {

struct LinearOptions {
    Index in = 0;
    Index out = 0;
    bool bias = true;
    Init init = Init::standard;
};

class Linear : public Module {
  public:
    explicit Linear(const LinearOptions& options);

    Var forward(const Var& x) override { return linear(x, weight, bias); }
    void members(Members& members) override;
    void reset_parameters(std::uint64_t seed, const std::string& name) override;
    std::string kind() const override { return "Linear"; }

    LinearOptions options;
    Var weight;  // (out, in)
    Var bias;    // (out)
};

}  // namespace normlab
