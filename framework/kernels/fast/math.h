// e^x, tanh and erf as polynomials, without branches or tables, so that the compiler can vectorize them. Each has a
// relative error of at most 2e-7 (e^x from -87 to 88; beyond these it keeps its value there); a NaN stays one. The
// coefficients minimize the largest relative error over the interval (by reweighted least squares).
//
// In double, where derivatives are checked to nine digits, they are those of the C library.
#pragma once

#include <cstdint>

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {
namespace {

inline float magnitude(float x) {
    return __builtin_fabsf(x);
}

// e^x = 2^n e^r with an integer n and |r| <= ln(2)/2. Adding 1.5 * 2^23 rounds to an integer and leaves it in the last
// bits, from where it moves into the exponent of 2^n.
inline float exponential(float x) {
    constexpr float kLeast = -87, kMost = 88, kRound = 12582912, kLog2E = 1.44269504f;
    constexpr float kLn2 = 0.693359375f, kLn2Rest = -2.12194440e-4f;  // n * kLn2 is exact
    x = x < kLeast ? kLeast : x > kMost ? kMost : x;
    const float rounded = x * kLog2E + kRound, n = rounded - kRound;
    const float r = (x - n * kLn2) - n * kLn2Rest;
    const float p = 0.49999994f + r * (0.16666521f + r * (0.041668389f + r * (8.3687175e-3f + r * 1.3814596e-3f)));
    const std::uint32_t exponent = __builtin_bit_cast(std::uint32_t, rounded) + 127;
    return (1 + r + r * r * p) * __builtin_bit_cast(float, exponent << 23);
}

// Near zero, where the formula by e^x would lose digits, a polynomial in x^2.
inline float hyperbolic_tangent(float x) {
    const float t = magnitude(x), z = x * x;
    const float p = -0.33333281f + z * (0.13331442f + z * (-0.053739712f + z * (0.020639079f + z * -5.7049785e-3f)));
    const float large = 1 - 2 / (exponential(2 * t) + 1);
    return t > 0.625f ? __builtin_copysignf(large, x) : x + x * z * p;
}

// A polynomial in x^2 up to 1; above it, one for log(1 - erf(x)).
inline float error_function(float x) {
    const float t = magnitude(x) > 4 ? 4 : magnitude(x), z = x * x;
    const float p =
        1.1283791f +
        z * (-0.37612626f +
             z * (0.11283585f + z * (-0.026853811f + z * (5.1883277e-3f + z * (-8.0101925e-4f + z * 7.8538578e-5f)))));
    const float q =
        -2.6191399e-3f +
        t * (-1.1176214f + t * (-0.65423989f + t * (-0.088799842f + t * (0.014831885f + t * -1.1572263e-3f))));
    return t > 1 ? __builtin_copysignf(1 - exponential(q), x) : x * p;
}

inline double exponential(double x) {
    return __builtin_exp(x);
}
inline double hyperbolic_tangent(double x) {
    return __builtin_tanh(x);
}
inline double error_function(double x) {
    return __builtin_erf(x);
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
