// The engine room of every normalization:
//
//   y = γ x̂ + β,   x̂ = r (x − μ),   r = 1 / √(σ² + ε)
//
// μ and σ² are those of the set that an element belongs to, see ops/statistics.h. γ and β have one number for each
// channel, or are absent. If ε is 0 and all numbers of a set are equal, r is 0: x̂ and the gradient of x are.
#pragma once

#include "framework/ops/statistics.h"
#include "framework/tape.h"

namespace normlab {

// Normalizes x by its own statistics: the gradient also flows through μ and σ².
Var normalize(const char* op, const Var& x, const Statistics& own, const Var& gamma, const Var& beta, double eps);
// Normalizes x by constants: an affine function of x, channel by channel.
Var normalize_with(const char* op, const Var& x, const Statistics& fixed, const Var& gamma, const Var& beta,
                   double eps);

// The same constants as y = scale·x + shift, to be folded into what computes x.
struct ChannelAffine {
    Tensor scale, shift;  // (C)
};
ChannelAffine channel_affine(const Statistics& fixed, const Tensor& gamma, const Tensor& beta, double eps);

// What every normalization begins with: the check of its inputs, and r, which is 0 if σ² and ε are.
void check_inputs(const char* op, const Var& x, const Var& gamma, const Var& beta);
double reciprocal_deviation(double variance, double eps);

}  // namespace normlab
