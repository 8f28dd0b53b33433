#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/kernels/reference/reference.h"

namespace normlab::reference {
namespace {

// Calls visit(output element, input element, position h*W + w) for every element of every window that lies inside the
// image, window by window, in reading order.
template <class Visit>
void for_each_element(const PoolShape& s, Visit visit) {
    for (Index n = 0; n < s.N; ++n)
        for (Index p = 0; p < s.P; ++p)
            for (Index q = 0; q < s.Q; ++q)
                for (Index c = 0; c < s.C; ++c)
                    for (Index r = 0; r < s.R; ++r)
                        for (Index t = 0; t < s.S; ++t) {
                            const Index h = p * s.stride.h - s.pad.h + r * s.dilation.h;
                            const Index w = q * s.stride.w - s.pad.w + t * s.dilation.w;
                            if (h < 0 || h >= s.H || w < 0 || w >= s.W) continue;
                            visit(((n * s.P + p) * s.Q + q) * s.C + c, ((n * s.H + h) * s.W + w) * s.C + c,
                                  h * s.W + w);
                        }
}

// How many elements the mean of output pixel (p,q) is taken over.
Scalar divided_by(const PoolShape& s, Divisor divisor, Index p, Index q) {
    if (divisor.fixed != 0) return static_cast<Scalar>(divisor.fixed);
    const Index top = p * s.stride.h - s.pad.h, left = q * s.stride.w - s.pad.w;
    Index bottom = std::min(top + s.R, s.H + s.pad.h), right = std::min(left + s.S, s.W + s.pad.w);
    if (divisor.count_padding) return static_cast<Scalar>((bottom - top) * (right - left));
    bottom = std::min(bottom, s.H), right = std::min(right, s.W);
    return static_cast<Scalar>((bottom - std::max<Index>(top, 0)) * (right - std::max<Index>(left, 0)));
}

Scalar divided_by(const PoolShape& s, Divisor divisor, Index output) {
    const Index pixel = output / s.C % (s.P * s.Q);
    return divided_by(s, divisor, pixel / s.Q, pixel % s.Q);
}

}  // namespace

void max_pool(const PoolShape& s, const Scalar* x, Scalar* y, std::int32_t* chosen) {
    std::vector<std::int32_t> positions(static_cast<std::size_t>(s.N * s.P * s.Q * s.C), -1);
    for_each_element(s, [&](Index out, Index in, Index position) {
        std::int32_t& best = positions[static_cast<std::size_t>(out)];
        if (best >= 0 && !(x[in] > y[out]) && !std::isnan(x[in])) return;
        y[out] = x[in];
        best = static_cast<std::int32_t>(position);
    });
    if (chosen != nullptr) std::ranges::copy(positions, chosen);
}

void max_pool_backward(const PoolShape& s, const Scalar* dy, const std::int32_t* chosen, Scalar* dx) {
    std::fill_n(dx, s.N * s.H * s.W * s.C, Scalar{0});
    for (Index n = 0; n < s.N; ++n)
        for (Index pixel = n * s.P * s.Q; pixel < (n + 1) * s.P * s.Q; ++pixel)
            for (Index c = 0; c < s.C; ++c)
                dx[(n * s.H * s.W + chosen[pixel * s.C + c]) * s.C + c] += dy[pixel * s.C + c];
}

void avg_pool(const PoolShape& s, Divisor divisor, const Scalar* x, Scalar* y) {
    std::fill_n(y, s.N * s.P * s.Q * s.C, Scalar{0});
    for_each_element(s, [&](Index out, Index in, Index) { y[out] += x[in]; });
    for (Index out = 0; out < s.N * s.P * s.Q * s.C; ++out) y[out] /= divided_by(s, divisor, out);
}

void avg_pool_backward(const PoolShape& s, Divisor divisor, const Scalar* dy, Scalar* dx) {
    std::fill_n(dx, s.N * s.H * s.W * s.C, Scalar{0});
    for_each_element(s, [&](Index out, Index in, Index) { dx[in] += dy[out] / divided_by(s, divisor, out); });
}

}  // namespace normlab::reference
