// The fast kernels of this instruction set, by name; what each computes is said in kernels.h and in reference/.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {

// The same convolution with fewer, longer runs: 1x1 kernels do not know where a row or an image ends.
inline ConvShape simplified(ConvShape s) {
    const bool pointwise = s.R == 1 && s.S == 1 && s.stride.h == 1 && s.stride.w == 1 && s.pad_top == 0 &&
                           s.pad_left == 0 && s.P == s.H && s.Q == s.W;
    if (pointwise) {
        s.P = s.H = s.N * s.H * s.W;
        s.N = s.Q = s.W = 1;
    }
    return s;
}
void conv2d(const ConvShape& s, const Scalar* x, const Scalar* w, const Scalar* bias, EpilogueView finish, Scalar* y);
void conv2d_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, EpilogueView finish, Scalar* dx);
void conv2d_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw);
void channel_sums(Index rows, Index C, const Scalar* x, Scalar* sums);

void moments(const NormShape& s, const Scalar* x, Scalar* mean, Scalar* m2);
void normalize(const NormShape& s, const Scalar* x, const Scalar* center, const Scalar* scale, const Scalar* shift,
               EpilogueView finish, Scalar* y);
void normalize_sums(const NormShape& s, const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate gate,
                    Scalar* sum_dy, Scalar* sum_dy_x);
void normalize_backward(const NormShape& s, const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate gate,
                        const Scalar* a, const Scalar* b, const Scalar* c, Scalar* dx);

void max_pool(const PoolShape& s, const Scalar* x, Scalar* y, std::int32_t* chosen);
void max_pool_backward(const PoolShape& s, const Scalar* dy, const std::int32_t* chosen, Scalar* dx);
void avg_pool(const PoolShape& s, Divisor divisor, const Scalar* x, Scalar* y);
void avg_pool_backward(const PoolShape& s, Divisor divisor, const Scalar* dy, Scalar* dx);

void activation(Activation kind, Scalar slope, Index count, const Scalar* x, Scalar* y);
void activation_backward(Activation kind, Scalar slope, Index count, const Scalar* x, const Scalar* y, const Scalar* dy,
                         Scalar* dx);
void add(Index count, const Scalar* a, const Scalar* b, Scalar* y);
void accumulate(Index count, const Scalar* x, Scalar* y);
void scale(Index count, Scalar factor, const Scalar* x, Scalar* y);
void scale_rows(Index rows, Index count, const Scalar* factors, const Scalar* x, Scalar* y);
void dropout_mask(RandomStream stream, std::uint64_t step, double p, Index count, Scalar* mask);
void multiply(Index count, const Scalar* a, const Scalar* b, Scalar* y);
void to_channels_first(Index N, Index C, Index pixels, const Scalar* x, Scalar* y);
void to_channels_last(Index N, Index C, Index pixels, const Scalar* x, Scalar* y);
void repeat_multiply_add(Index rounds, Scalar factor, Scalar addend, Index count, Scalar* y);

void sgd(const SgdRule& rule, bool first_step, Index count, const Scalar* gradient, Scalar* velocity, Scalar* weight);
void adam(const AdamRule& rule, Index count, const Scalar* gradient, Scalar* mean, Scalar* square, Scalar* weight);

}  // namespace normlab::NORMLAB_ISA
