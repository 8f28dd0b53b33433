// Gradient clipping (Pascanu, Mikolov, Bengio 2013): a gradient that would throw the weights far away is shortened to a
// safe length, its direction kept.
//   g = g · min(1, max_norm / (‖g‖ + 10⁻⁶))     ‖g‖ over all gradients together
#pragma once

#include "framework/module.h"

namespace normlab {

double sum_of_squares(const Tensor& tensor);

// Between backward() and step(). Returns ‖g‖ before clipping: if it is not finite, the run has diverged.
double clip_grad_norm(const std::vector<NamedParameter>& parameters, double max_norm);

}  // namespace normlab
