// A correlation computed directly, product by product.
#pragma once

#include "framework/kernels/fast/correlation.h"

namespace normlab::NORMLAB_ISA {

Memory packed_weights(const Correlation& job, const Scalar* weight);

struct ConvWeights {  // one of both
    const Scalar *given = nullptr, *packed = nullptr;
};
void correlate(const Correlation& job, const Scalar* in, ConvWeights weight, const Scalar* bias, EpilogueView epilogue,
               Scalar* out);

}  // namespace normlab::NORMLAB_ISA
