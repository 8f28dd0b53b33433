// Adam: each weight has its own step size, from the mean and the mean square of its gradients (Kingma, Ba 2014).
//   g = ∇w + λ·w                                λ = weight_decay
//   m = β₁·m + (1 − β₁)·g                       exp_avg
//   s = β₂·s + (1 − β₂)·g²                      exp_avg_sq
//   w = w − lr·m̂ / (√ŝ + ε)                     m̂ = m/(1 − β₁ᵗ), ŝ = s/(1 − β₂ᵗ) in step t = 1, 2, …
// m and s start at 0; m̂ and ŝ correct for that. With a steady gradient the step is about lr, whatever the gradient's
// size: so a λ in the gradient is divided away. AdamW decays the weights themselves instead (Loshchilov, Hutter 2017):
//   g = ∇w,  w = w − lr·λ·w before the step.
#pragma once

#include <array>

#include "optim/optimizer.h"

namespace normlab {

struct AdamOptions {
    double lr = 1e-3;
    std::array<double, 2> betas = {0.9, 0.999};
    double eps = 1e-8;
    double weight_decay = 0;
};

class Adam : public Optimizer {
  public:
    Adam(const ParameterGroups& groups, const AdamOptions& options) : Adam("Adam", groups, options, false) {}

  protected:
    Adam(const std::string& kind, const ParameterGroups& groups, const AdamOptions& options, bool decoupled_decay);

  private:
    void update(Learner& learner, const Tensor& gradient) override;
    AdamOptions options_;
    bool decoupled_decay_;
};

struct AdamWOptions {
    double lr = 1e-3;
    std::array<double, 2> betas = {0.9, 0.999};
    double eps = 1e-8;
    double weight_decay = 1e-2;
};

class AdamW : public Adam {
  public:
    AdamW(const ParameterGroups& groups, const AdamWOptions& options)
        : Adam("AdamW", groups, {options.lr, options.betas, options.eps, options.weight_decay}, true) {}
};

}  // namespace normlab
