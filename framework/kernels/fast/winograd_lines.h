// The five linear maps of Winograd's convolution F(4, 3): four outputs of a kernel of three taps from six inputs with
// six multiplications instead of twelve.
//
//     y = A'((G g) * (B' d))        * element by element; ' is transposition
//
// Six inputs d, as a polynomial, times three taps g is evaluated at the points 0, a, -a, b, -b and infinity, where a
// product of polynomials is a product of numbers; B', G and A' lead to the values and back (S. Winograd, Arithmetic
// Complexity of Computations, 1980; A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks,
// arXiv:1509.09308). Column p of A' is 1, p, p^2, p^3; row p of G is (1, p, p^2) / product of p - q over the other
// points q; row p of B' holds the coefficients of the product of x - q. Points +-p share their even and odd parts.
//
// Of the points with few digits a = 5/8, b = 3/2 lose the least to rounding, half of what the usual 1 and 2 lose; see
// winograd.h.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr int kTile = 4;                  // outputs along an axis
constexpr int kPatch = 6;                 // inputs along an axis, and points
constexpr int kTaps = 3;                  // of the kernel along an axis
constexpr int kPoints = kPatch * kPatch;  // in two dimensions

constexpr Scalar kA = 0.625, kB = 1.5;
constexpr Scalar kA2 = kA * kA, kB2 = kB * kB;
constexpr Scalar kScale0 = 1 / (kA2 * kB2);              // of the rows of G: 1 / product of p - q, at 0,
constexpr Scalar kScaleA = 1 / (2 * kA2 * (kA2 - kB2));  // at a and -a,
constexpr Scalar kScaleB = 1 / (2 * kB2 * (kB2 - kA2));  // at b and -b

// v = B' d
struct InputLine {
    static constexpr int from = kPatch, to = kPatch;
    static void apply(const Vec (&d)[kPatch], Vec (&v)[kPatch]) {
        const Vec even_a = d[4] - kB2 * d[2], odd_a = d[3] - kB2 * d[1];
        const Vec even_b = d[4] - kA2 * d[2], odd_b = d[3] - kA2 * d[1];
        v[0] = d[4] - (kA2 + kB2) * d[2] + (kA2 * kB2) * d[0];
        v[1] = even_a + kA * odd_a;
        v[2] = even_a - kA * odd_a;
        v[3] = even_b + kB * odd_b;
        v[4] = even_b - kB * odd_b;
        v[5] = d[5] - (kA2 + kB2) * d[3] + (kA2 * kB2) * d[1];
    }
};

// u = G g
struct KernelLine {
    static constexpr int from = kTaps, to = kPatch;
    static void apply(const Vec (&g)[kTaps], Vec (&u)[kPatch]) {
        const Vec even_a = kScaleA * (g[0] + kA2 * g[2]), odd_a = (kScaleA * kA) * g[1];
        const Vec even_b = kScaleB * (g[0] + kB2 * g[2]), odd_b = (kScaleB * kB) * g[1];
        u[0] = kScale0 * g[0];
        u[1] = even_a + odd_a;
        u[2] = even_a - odd_a;
        u[3] = even_b + odd_b;
        u[4] = even_b - odd_b;
        u[5] = g[2];
    }
};

// y = A' m
struct OutputLine {
    static constexpr int from = kPatch, to = kTile;
    static void apply(const Vec (&m)[kPatch], Vec (&y)[kTile]) {
        const Vec even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
        y[0] = m[0] + even_a + even_b;
        y[1] = kA * odd_a + kB * odd_b;
        y[2] = kA2 * even_a + kB2 * even_b;
        y[3] = (kA2 * kA) * odd_a + (kB2 * kB) * odd_b + m[5];
    }
};

// dm = A dy: the gradient of the line above
struct OutputGradientLine {
    static constexpr int from = kTile, to = kPatch;
    static void apply(const Vec (&dy)[kTile], Vec (&dm)[kPatch]) {
        const Vec even_a = dy[0] + kA2 * dy[2], odd_a = kA * dy[1] + (kA2 * kA) * dy[3];
        const Vec even_b = dy[0] + kB2 * dy[2], odd_b = kB * dy[1] + (kB2 * kB) * dy[3];
        dm[0] = dy[0];
        dm[1] = even_a + odd_a;
        dm[2] = even_a - odd_a;
        dm[3] = even_b + odd_b;
        dm[4] = even_b - odd_b;
        dm[5] = dy[3];
    }
};

// dg = G' du: the gradient of the kernel's line
struct KernelGradientLine {
    static constexpr int from = kPatch, to = kTaps;
    static void apply(const Vec (&du)[kPatch], Vec (&dg)[kTaps]) {
        const Vec even_a = kScaleA * (du[1] + du[2]), odd_a = kScaleA * (du[1] - du[2]);
        const Vec even_b = kScaleB * (du[3] + du[4]), odd_b = kScaleB * (du[3] - du[4]);
        dg[0] = kScale0 * du[0] + even_a + even_b;
        dg[1] = kA * odd_a + kB * odd_b;
        dg[2] = kA2 * even_a + kB2 * even_b + du[5];
    }
};

// The map in two dimensions: down the columns, then along the rows. get(i, j) gives, put(i, j, value) takes an element.
template <class Line, class Get, class Put>
inline void transform(const Get& get, const Put& put) {
    Vec half[Line::to][Line::from];
#pragma GCC unroll 6
    for (int j = 0; j < Line::from; ++j) {
        Vec column[Line::from], changed[Line::to];
#pragma GCC unroll 6
        for (int i = 0; i < Line::from; ++i) column[i] = get(i, j);
        Line::apply(column, changed);
#pragma GCC unroll 6
        for (int i = 0; i < Line::to; ++i) half[i][j] = changed[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < Line::to; ++i) {
        Vec changed[Line::to];
        Line::apply(half[i], changed);
#pragma GCC unroll 6
        for (int j = 0; j < Line::to; ++j) put(i, j, changed[j]);
    }
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
