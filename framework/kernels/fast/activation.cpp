// Activations: the formulas of reference/elementwise.cpp with the functions of math.h.
#include <numbers>

#include "framework/kernels/fast/fast.h"
#include "framework/kernels/fast/math.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kGrain = 16384;  // elements of a piece
constexpr Scalar kInverseSqrt2 = std::numbers::sqrt2_v<Scalar> / 2;
constexpr Scalar kInverseSqrt2Pi = kInverseSqrt2 * std::numbers::inv_sqrtpi_v<Scalar>;
constexpr Scalar kSqrt2OverPi = 2 * kInverseSqrt2Pi;
constexpr Scalar kCubic = static_cast<Scalar>(0.044715);  // of GELU's tanh form

// Far from 0 each of these functions has reached its limit, 0 or x; from there on the formulas would say −∞·0. A NaN
// stays one.
constexpr Scalar kFar = 1000;
inline Scalar not_below(Scalar x) {
    return x < -kFar ? -kFar : x;
}
inline Scalar not_beyond(Scalar x) {
    return x > kFar ? kFar : not_below(x);
}

inline Scalar sigmoid(Scalar x) {
    return 1 / (1 + exponential(-x));
}
inline Scalar normal_cdf(Scalar x) {
    return (1 + error_function(x * kInverseSqrt2)) / 2;
}

// f(x), and f'(x) from what backward is given: y = f(x) where that makes the formula shorter, else x.
template <Activation kind>
struct Formula;
template <>
struct Formula<Activation::relu> {
    static constexpr bool from_output = true;
    static Scalar value(Scalar, Scalar x) { return x < 0 ? 0 : x; }
    static Scalar derivative(Scalar, Scalar y) { return static_cast<Scalar>(y > 0 ? 1 : 0); }
};
template <>
struct Formula<Activation::leaky_relu> {
    static constexpr bool from_output = false;
    static Scalar value(Scalar slope, Scalar x) { return x > 0 ? x : slope * x; }
    static Scalar derivative(Scalar slope, Scalar x) { return x > 0 ? 1 : slope; }
};
template <>
struct Formula<Activation::sigmoid> {
    static constexpr bool from_output = true;
    static Scalar value(Scalar, Scalar x) { return sigmoid(x); }
    static Scalar derivative(Scalar, Scalar y) { return y * (1 - y); }
};
template <>
struct Formula<Activation::tanh> {
    static constexpr bool from_output = true;
    static Scalar value(Scalar, Scalar x) { return hyperbolic_tangent(x); }
    static Scalar derivative(Scalar, Scalar y) { return 1 - y * y; }
};
template <>
struct Formula<Activation::gelu> {
    static constexpr bool from_output = false;
    static Scalar value(Scalar, Scalar any) {
        const Scalar x = not_below(any);
        return x * normal_cdf(x);
    }
    static Scalar derivative(Scalar, Scalar any) {
        const Scalar x = not_beyond(any);
        return normal_cdf(x) + x * exponential(-x * x / 2) * kInverseSqrt2Pi;
    }
};
template <>
struct Formula<Activation::gelu_tanh> {
    static constexpr bool from_output = false;
    static Scalar inner(Scalar x) { return hyperbolic_tangent(kSqrt2OverPi * (x + kCubic * x * x * x)); }
    static Scalar value(Scalar, Scalar any) {
        const Scalar x = not_below(any);
        return x * ((1 + inner(x)) / 2);
    }
    static Scalar derivative(Scalar, Scalar any) {
        const Scalar x = not_beyond(any), t = inner(x);
        return (1 + t + x * (1 - t * t) * kSqrt2OverPi * (1 + 3 * kCubic * x * x)) / 2;
    }
};
template <>
struct Formula<Activation::silu> {
    static constexpr bool from_output = false;
    static Scalar value(Scalar, Scalar any) {
        const Scalar x = not_below(any);
        return x * sigmoid(x);
    }
    static Scalar derivative(Scalar, Scalar any) {
        const Scalar x = not_beyond(any), s = sigmoid(x);
        return s * (1 + x * (1 - s));
    }
};

// use(Formula<kind>())
template <class Use>
void with_formula(Activation kind, const Use& use) {
    switch (kind) {
        case Activation::relu: return use(Formula<Activation::relu>());
        case Activation::leaky_relu: return use(Formula<Activation::leaky_relu>());
        case Activation::sigmoid: return use(Formula<Activation::sigmoid>());
        case Activation::tanh: return use(Formula<Activation::tanh>());
        case Activation::gelu: return use(Formula<Activation::gelu>());
        case Activation::gelu_tanh: return use(Formula<Activation::gelu_tanh>());
        case Activation::silu: return use(Formula<Activation::silu>());
    }
}

}  // namespace

void activation(Activation kind, Scalar slope, Index count, const Scalar* x, Scalar* y) {
    with_formula(kind, [=](auto formula) {
        parallel_range(count, kGrain, [=](Index begin, Index end) {
#pragma omp simd
            for (Index i = begin; i < end; ++i) y[i] = formula.value(slope, x[i]);
        });
    });
}

void activation_backward(Activation kind, Scalar slope, Index count, const Scalar* x, const Scalar* y, const Scalar* dy,
                         Scalar* dx) {
    with_formula(kind, [=](auto formula) {
        const Scalar* const kept = formula.from_output ? y : x;
        parallel_range(count, kGrain, [=](Index begin, Index end) {
#pragma omp simd
            for (Index i = begin; i < end; ++i) dx[i] = dy[i] * formula.derivative(slope, kept[i]);
        });
    });
}

}  // namespace normlab::NORMLAB_ISA
