// Normalization by the mean absolute deviation, channel by channel over a whole batch:
//
//   y = γ (x − μ) / √(σ² + ε) + β,   σ = √(π/2) · mean |x − μ|
//
// The factor makes σ the standard deviation where x is normally distributed (Hoffer et al. 2018), so that γ, β, ε and
// running statistics mean what they do in a batch norm.
#pragma once

#include "framework/ops/normalize.h"

namespace normlab {

// μ and σ² of each channel of x, (N,C,H,W) or (N,C).
Statistics l1_statistics_of(const Tensor& x);

// √(π/2) · mean |x − μ|, squared.
double l1_variance(double mean_absolute_deviation);

// Normalizes x by its own statistics: the gradient also flows through μ and σ. The derivative of |x − μ| at 0 is 0.
Var l1_normalize(const char* op, const Var& x, const Statistics& own, const Var& gamma, const Var& beta, double eps);

}  // namespace normlab
