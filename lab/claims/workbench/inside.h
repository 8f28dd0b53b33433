// A net cut in front of one of its layers: what that layer gets, and the gradient of the loss with respect to it.
#pragma once

#include "lab/claims/workbench/objective.h"

namespace normlab {

struct Inside {
    Tensor x, gradient, output;  // the last one is the net's
};
// `net` is a Sequential, `place` the number of the layer. What it would get is multiplied by `factor`, and `before`
// comes in between.
Inside inside(Module& net, std::size_t place, const Objective& objective, Module* before = nullptr, double factor = 1);

// The square of one channel's gradient, and its parts along 1 and along x̂ = (x − μ)/√(σ² + ε).
struct Parts {
    double square = 0, along_one = 0, along_x = 0;
};
Parts parts_of(const Inside& place, Index channel, double eps);

}  // namespace normlab
