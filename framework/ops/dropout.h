// y = m·x / (1 − p), where m is 0 with probability p, else 1: the expectation of y is x.
// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014.
#pragma once

#include "framework/support/random.h"
#include "framework/tape.h"

namespace normlab {

// m is drawn for each element, as a function of (stream, step, element).
Var dropout(const Var& x, double p, RandomStream stream, std::uint64_t step);
// m is drawn for each channel of each image (Tompson et al. 2015), as a function of (stream, step, n·C + c).
Var dropout2d(const Var& x, double p, RandomStream stream, std::uint64_t step);

}  // namespace normlab
