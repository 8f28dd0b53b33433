// Softmax over the channels, of each row of (N,C) or of each pixel of (N,C,H,W):
//   softmax(x)_c = exp(x_c) / Σ_k exp(x_k)
#pragma once

#include "framework/tape.h"

namespace normlab {

Var softmax(const Var& x);
Var log_softmax(const Var& x);  // finite where softmax is rounded to 0, so a loss takes this and not log(softmax(x))

}  // namespace normlab
