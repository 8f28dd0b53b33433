// Dropout: in training each element is zero with probability p and the rest is scaled by 1/(1 − p), so that the
// expectation stays; in evaluation nothing happens. Dropout2d drops whole channels.
// What is dropped is a function of (seed, name of the layer, step): seed_training() sets it, every training pass is a
// step.
#pragma once

#include "framework/module.h"
#include "framework/ops/dropout.h"

namespace normlab {

struct DropoutOptions {
    double p = 0.5;
};

class Dropout : public Module {
  public:
    explicit Dropout(const DropoutOptions& options = {});
    Var forward(const Var& x) override;
    void reset_random(std::uint64_t seed, const std::string& name, std::uint64_t step) override;
    std::string kind() const override { return "Dropout"; }

    DropoutOptions options;
    RandomStream stream;
    std::uint64_t step = 0;
};

class Dropout2d : public Dropout {
  public:
    using Dropout::Dropout;
    Var forward(const Var& x) override;
    std::string kind() const override { return "Dropout2d"; }
};

}  // namespace normlab
