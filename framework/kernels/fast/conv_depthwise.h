// Convolutions in which each channel is its own group: the lanes are channels, and nothing is summed across them.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {

inline bool depthwise(const ConvShape& s) {
    return s.G > 1 && s.C == s.G && s.K == s.G;
}
Memory depthwise_weights(const ConvShape& s, const Scalar* w);  // tap by tap, as depthwise_forward() reads them
void depthwise_forward(const ConvShape& s, const Scalar* x, const Scalar* weights, const Scalar* bias,
                       EpilogueView epilogue, Scalar* y);
void depthwise_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, EpilogueView epilogue, Scalar* dx);
void depthwise_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw);

}  // namespace normlab::NORMLAB_ISA
