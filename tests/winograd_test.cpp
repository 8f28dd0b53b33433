// Winograd's convolution held to the same sums in higher precision, within the bound that fast/winograd.h derives.
#include <cmath>
#include <limits>

#include "framework/kernels/kernels.h"
#include "framework/support/threads.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;

namespace {

using Precise = std::conditional_t<sizeof(Scalar) == 4, double, long double>;
using Numbers = std::vector<Scalar>;

std::size_t size(Index count) {
    return static_cast<std::size_t>(count);
}

Numbers numbers(Index count, std::uint32_t seed) {
    Numbers values(size(count));
    for (Index i = 0; i < count; ++i)
        values[size(i)] = static_cast<Scalar>(random_uniform({seed, 7}, 0, static_cast<std::uint64_t>(i)) * 2 - 1);
    return values;
}

ConvShape shape(Index N, Index C, Index H, Index W, Index K, Index pad, Pair kernel = 3, Pair dilation = 1,
                Index G = 1) {
    return {.N = N,
            .C = C,
            .H = H,
            .W = W,
            .K = K,
            .R = kernel.h,
            .S = kernel.w,
            .P = H + 2 * pad - (kernel.h - 1) * dilation.h,
            .Q = W + 2 * pad - (kernel.w - 1) * dilation.w,
            .stride = 1,
            .pad_top = pad,
            .pad_left = pad,
            .dilation = dilation,
            .G = G};
}

// Every product x * w that the convolution adds up, as positions: work(in y, in x, in w).
template <class Work>
void each_product(const ConvShape& s, const Work& work) {
    const Index C = s.C / s.G, K = s.K / s.G;
    for (Index n = 0; n < s.N; ++n)
        for (Index p = 0; p < s.P; ++p)
            for (Index q = 0; q < s.Q; ++q)
                for (Index r = 0; r < s.R; ++r)
                    for (Index t = 0; t < s.S; ++t) {
                        const Index h = p - s.pad_top + r * s.dilation.h, w = q - s.pad_left + t * s.dilation.w;
                        if (h < 0 || h >= s.H || w < 0 || w >= s.W) continue;
                        for (Index k = 0; k < s.K; ++k)
                            for (Index c = 0; c < C; ++c)
                                work(size(((n * s.P + p) * s.Q + q) * s.K + k),
                                     size(((n * s.H + h) * s.W + w) * s.C + k / K * C + c),
                                     size(((k * s.R + r) * s.S + t) * C + c));
                    }
}

// The root mean square of the difference, by that of the numbers.
double relative_error(const Numbers& found, const std::vector<Precise>& expected) {
    Precise difference = 0, squares = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        difference += (found[i] - expected[i]) * (found[i] - expected[i]);
        squares += expected[i] * expected[i];
    }
    return static_cast<double>(std::sqrt(difference / squares));
}

double bound(Index terms) {
    return 4.8 * (std::numeric_limits<Scalar>::epsilon() / 2) * (4 + std::sqrt(static_cast<double>(terms) / 6));
}

}  // namespace

TEST_CASE("Winograd's convolution and both gradients lie within the derived bound of the exact sums") {
    for (const ConvShape& s :
         {shape(2, 32, 8, 8, 32, 1), shape(1, 33, 9, 13, 40, 1), shape(2, 48, 30, 17, 35, 0), shape(2, 64, 7, 6, 96, 2),
          shape(9, 128, 4, 4, 64, 1), shape(7, 37, 5, 5, 100, 1), shape(20, 16, 8, 8, 32, 1),
          shape(2, 256, 8, 8, 32, 1), shape(2, 32, 12, 11, 20, 2, 5), shape(1, 20, 14, 15, 33, 3, 7),
          shape(2, 24, 9, 16, 16, 1, {3, 4}), shape(2, 16, 18, 17, 24, 2, 3, 2), shape(1, 17, 20, 22, 16, 4, 5, {2, 3}),
          shape(2, 48, 9, 8, 96, 1, 3, 1, 3), shape(3, 40, 15, 13, 36, 2, 5, 1, 2), shape(40, 16, 16, 16, 16, 1)}) {
        INFO("N C H W " << s.N << ' ' << s.C << ' ' << s.H << ' ' << s.W << " K R S " << s.K << ' ' << s.R << ' ' << s.S
                        << " pad " << s.pad_top << " G " << s.G);
        const Index in = s.N * s.H * s.W * s.C, out = s.N * s.P * s.Q * s.K, weights = s.K * s.R * s.S * (s.C / s.G);
        const Index parts = ((s.R + 2) / 3) * ((s.S + 2) / 3);
        const Numbers x = numbers(in, 1), w = numbers(weights, 2), dy = numbers(out, 3);
        std::vector<Precise> y(size(out)), dx(size(in)), dw(size(weights));
        each_product(s, [&](std::size_t i, std::size_t j, std::size_t k) {
            y[i] += static_cast<Precise>(x[j]) * w[k];
            dx[j] += static_cast<Precise>(dy[i]) * w[k];
            dw[k] += static_cast<Precise>(dy[i]) * x[j];
        });
        for (const Kernels* table : runnable_kernels()) {
            if (table == &reference_kernels()) continue;
            INFO(table->name);
            Numbers found_y(size(out)), found_dx(size(in)), found_dw(size(weights));
            table->conv2d(s, x.data(), w.data(), nullptr, {}, found_y.data());
            table->conv2d_backward_input(s, dy.data(), w.data(), {}, found_dx.data());
            table->conv2d_backward_weight(s, x.data(), dy.data(), found_dw.data());
            CHECK(relative_error(found_y, y) < bound(parts * s.C / s.G));
            CHECK(relative_error(found_dx, dx) < bound(parts * s.K / s.G));
            CHECK(relative_error(found_dw, dw) < bound(s.N * s.P * s.Q / 16 + 1));
        }
    }
}

TEST_CASE("a NaN spreads over the tiles that read it and no further") {
    const ConvShape s = shape(3, 32, 14, 14, 32, 1);
    const Index row = 5, column = 6, image = s.H * s.W * s.C;
    const Numbers w = numbers(s.K * s.R * s.S * s.C, 2);
    Numbers x = numbers(s.N * image, 1);
    const Numbers whole = x;
    x[size(image + (row * s.W + column) * s.C + 3)] = std::numeric_limits<Scalar>::quiet_NaN();
    for (const Kernels* table : runnable_kernels()) {
        INFO(table->name);
        Numbers y(size(s.N * s.P * s.Q * s.K)), expected(y.size());
        table->conv2d(s, x.data(), w.data(), nullptr, {}, y.data());
        table->conv2d(s, whole.data(), w.data(), nullptr, {}, expected.data());
        Index spoiled = 0, others = 0;
        for (Index i = 0; i < s.N * s.P * s.Q * s.K; ++i) {
            const Index n = i / (s.P * s.Q * s.K), p = i / (s.Q * s.K) % s.P, q = i / s.K % s.Q;
            const bool near = n == 1 && std::abs(p - row) < 8 && std::abs(q - column) < 8;
            spoiled += std::isnan(y[size(i)]);
            others += !near && y[size(i)] != expected[size(i)];
        }
        CHECK((spoiled >= 9 * s.K && spoiled <= 64 * s.K));
        CHECK(others == 0);
    }
}
