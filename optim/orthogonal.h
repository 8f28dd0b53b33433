// The steps of Muon (Jordan et al. 2024): of a step D of a weight, seen as a matrix with one row for each output, only
// the directions count, not how long the step is in each of them.
//   D = U·S·Vᵀ  →  U·Vᵀ
// A gradient is mostly a few directions that many images agree on, and momentum makes them longer still; here the rare
// ones move the weight as far.
//
// No decomposition is needed. An odd polynomial of a matrix acts on its singular values alone, and this one takes any
// number in (0, 1], applied five times, to between 0.7 and 1.2:
//   X = D / ‖D‖;    five times:  A = X·Xᵀ,  X = a·X + (b·A + c·A²)·X        (a, b, c) = (3.4445, −4.7750, 2.0315)
#pragma once

#include "framework/tensor.h"

namespace normlab {

// Of the same shape; the matrix has shape()[0] rows. A step of zeros stays one.
Tensor orthogonalized(const Tensor& step);

}  // namespace normlab
