// The record that conv2d and linear (a convolution, too) leave on the tape, and its backward.
#pragma once

#include "framework/kernels/shapes.h"
#include "framework/tape.h"

namespace normlab {

// y = w ⋆ x + b, computed by `op`; an empty Var means no bias.
Var record_convolution(const char* op, const ConvShape& shape, const Tensor& y, const Var& x, const Var& weight,
                       const Var& bias);

}  // namespace normlab
