// Checks backward against the definition of the derivative: with L = Σ r·y for random r,
//   ∂L/∂x_i ≈ (L(x + h e_i) − L(x − h e_i)) / 2h
// The error of this quotient is about h² + ε/h, smallest at h = ∛ε: nine correct digits in double, three in float.
#pragma once

#include <functional>
#include <vector>

#include "framework/tape.h"

namespace normlab {

// How far backward's gradients of `inputs` are from the differences: ‖backward − difference‖ / ‖difference‖, for the
// worst of the inputs. `compute` computes the output from the inputs' current values; keep it away from kinks.
double gradient_error(const std::function<Var()>& compute, const std::vector<Var>& inputs);

// A bound that a correct backward stays below in this build.
double gradient_tolerance();

}  // namespace normlab
