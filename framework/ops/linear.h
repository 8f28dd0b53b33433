// y = x Wᵀ + b
#pragma once

#include "framework/tape.h"

namespace normlab {

// x (N,in), weight (out,in), bias (out) or an empty Var.
Var linear(const Var& x, const Var& weight, const Var& bias);

}  // namespace normlab
