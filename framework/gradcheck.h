// Holds backward to the definition of the derivative: with L = Σ r·y for random r,
//   ∂L/∂x_i ≈ (L(x + h e_i) − L(x − h e_i)) / 2h
// The error of that is about h² + ε/h, smallest at h = ∛ε: nine good digits in double, three in float.
#pragma once

#include <functional>
#include <vector>

#include "framework/tape.h"

namespace normlab {

// How far backward's gradients of `inputs` are from the differences: ‖backward − difference‖ / ‖difference‖, the worst
// of the inputs. `compute` makes the output from the inputs' present values; keep it away from kinks.
double gradient_error(const std::function<Var()>& compute, const std::vector<Var>& inputs);

// What a correct backward stays below in this build.
double gradient_tolerance();

}  // namespace normlab
