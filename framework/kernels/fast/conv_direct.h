// A correlation computed directly, product by product.
#pragma once

#include "framework/kernels/fast/correlation.h"

namespace normlab::NORMLAB_ISA {

void correlate(const Correlation& job, const Scalar* in, const Scalar* weight, const Scalar* bias,
               EpilogueView epilogue, Scalar* out);

}  // namespace normlab::NORMLAB_ISA
