#include <algorithm>

#include "framework/kernels/reference/reference.h"

namespace normlab::reference {
namespace {

// Calls visit(image pixel of x, image pixel of y, output channel, tap of w) for every product of the convolution, with
// the offsets of the first channel of the group in x, of the element in y, and of the tap's first weight in w.
template <class Visit>
void for_each_product(const ConvShape& s, Visit visit) {
    const Index group_in = s.C / s.G, group_out = s.K / s.G;
    for (Index n = 0; n < s.N; ++n)
        for (Index p = 0; p < s.P; ++p)
            for (Index q = 0; q < s.Q; ++q)
                for (Index k = 0; k < s.K; ++k)
                    for (Index r = 0; r < s.R; ++r)
                        for (Index t = 0; t < s.S; ++t) {
                            const Index h = p * s.stride.h - s.pad_top + r * s.dilation.h;
                            const Index w = q * s.stride.w - s.pad_left + t * s.dilation.w;
                            if (h < 0 || h >= s.H || w < 0 || w >= s.W) continue;  // padding: zero
                            const Index in_x = ((n * s.H + h) * s.W + w) * s.C + k / group_out * group_in;
                            const Index in_y = ((n * s.P + p) * s.Q + q) * s.K + k;
                            const Index in_w = ((k * s.R + r) * s.S + t) * group_in;
                            for (Index c = 0; c < group_in; ++c) visit(in_x + c, in_y, in_w + c);
                        }
}

void apply(EpilogueView epilogue, Index count, Scalar* result) {
    for (Index i = 0; i < count; ++i) {
        if (epilogue.residual != nullptr) result[i] += epilogue.residual[i];
        if (epilogue.relu && result[i] < 0) result[i] = 0;
    }
}

}  // namespace

void conv2d(const ConvShape& s, const Scalar* x, const Scalar* w, const Scalar* bias, EpilogueView epilogue,
            Scalar* y) {
    for (Index row = 0; row < s.N * s.P * s.Q; ++row)
        for (Index k = 0; k < s.K; ++k) y[row * s.K + k] = bias == nullptr ? 0 : bias[k];
    for_each_product(s, [&](Index in_x, Index in_y, Index in_w) { y[in_y] += x[in_x] * w[in_w]; });
    apply(epilogue, s.N * s.P * s.Q * s.K, y);
}

void conv2d_prepared(const ConvShape& s, const Scalar* x, const Scalar* prepared, const Scalar* bias,
                     EpilogueView epilogue, Scalar* y) {
    conv2d(s, x, prepared, bias, epilogue, y);
}

Memory prepare_conv2d(const ConvShape& s, const Scalar* w) {
    const Index weights = s.K * s.R * s.S * (s.C / s.G);
    Memory copy(static_cast<std::size_t>(weights) * sizeof(Scalar));
    std::copy_n(w, weights, copy.as());
    return copy;
}

void conv2d_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, EpilogueView epilogue, Scalar* dx) {
    std::fill_n(dx, s.N * s.H * s.W * s.C, Scalar{0});
    for_each_product(s, [&](Index in_x, Index in_y, Index in_w) { dx[in_x] += dy[in_y] * w[in_w]; });
    apply(epilogue, s.N * s.H * s.W * s.C, dx);
}

void conv2d_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw) {
    std::fill_n(dw, s.K * s.R * s.S * (s.C / s.G), Scalar{0});
    for_each_product(s, [&](Index in_x, Index in_y, Index in_w) { dw[in_w] += dy[in_y] * x[in_x]; });
}

void channel_sums(Index rows, Index C, const Scalar* x, Scalar* sums) {
    for (Index c = 0; c < C; ++c) {
        double sum = 0;
        for (Index row = 0; row < rows; ++row) sum += x[row * C + c];
        sums[c] = static_cast<Scalar>(sum);
    }
}

}  // namespace normlab::reference
