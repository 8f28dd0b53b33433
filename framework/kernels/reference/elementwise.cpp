#include <cmath>
#include <numbers>

#include "framework/kernels/reference/reference.h"

namespace normlab::reference {
namespace {

constexpr Scalar kSqrt2 = std::numbers::sqrt2_v<Scalar>;
constexpr Scalar kSqrt2OverPi = Scalar{2} / kSqrt2 * std::numbers::inv_sqrtpi_v<Scalar>;
constexpr Scalar kCubic = static_cast<Scalar>(0.044715);  // of GELU's tanh form

Scalar sigmoid(Scalar x) {
    return 1 / (1 + std::exp(-x));
}
Scalar normal_cdf(Scalar x) {
    return (1 + std::erf(x / kSqrt2)) / 2;
}
Scalar normal_density(Scalar x) {
    return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi_v<Scalar> / kSqrt2;
}

// Far from 0 GELU and SiLU have reached their limits, 0 or x; from there on the formulas would say −∞·0.
constexpr Scalar kFar = 1000;
Scalar not_below(Scalar x) {
    return x < -kFar ? -kFar : x;
}
Scalar not_beyond(Scalar x) {
    return x > kFar ? kFar : not_below(x);
}

Scalar gelu(Scalar x) {
    return x * normal_cdf(x);
}
Scalar gelu_derivative(Scalar x) {
    return normal_cdf(x) + x * normal_density(x);
}
Scalar gelu_tanh_inner(Scalar x) {
    return std::tanh(kSqrt2OverPi * (x + kCubic * x * x * x));
}
Scalar gelu_tanh(Scalar x) {
    return x * ((1 + gelu_tanh_inner(x)) / 2);
}
Scalar gelu_tanh_derivative(Scalar x) {
    const Scalar t = gelu_tanh_inner(x);
    return (1 + t + x * (1 - t * t) * kSqrt2OverPi * (1 + 3 * kCubic * x * x)) / 2;
}
Scalar silu(Scalar x) {
    return x * sigmoid(x);
}
Scalar silu_derivative(Scalar x) {
    return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
}

// f(x)
Scalar value(Activation kind, Scalar slope, Scalar x) {
    switch (kind) {
        case Activation::relu: return x < 0 ? 0 : x;  // this way round a NaN stays one
        case Activation::leaky_relu: return x > 0 ? x : slope * x;
        case Activation::sigmoid: return sigmoid(x);
        case Activation::tanh: return std::tanh(x);
        case Activation::gelu: return gelu(not_below(x));
        case Activation::gelu_tanh: return gelu_tanh(not_below(x));
        case Activation::silu: return silu(not_below(x));
    }
    return x;
}

// f'(x), from y = f(x) where that is shorter
Scalar derivative(Activation kind, Scalar slope, Scalar x, Scalar y) {
    switch (kind) {
        case Activation::relu: return y > 0 ? 1 : 0;
        case Activation::leaky_relu: return x > 0 ? 1 : slope;
        case Activation::sigmoid: return y * (1 - y);
        case Activation::tanh: return 1 - y * y;
        case Activation::gelu: return gelu_derivative(not_beyond(x));
        case Activation::gelu_tanh: return gelu_tanh_derivative(not_beyond(x));
        case Activation::silu: return silu_derivative(not_beyond(x));
    }
    return 1;
}

}  // namespace

void activation(Activation kind, Scalar slope, Index count, const Scalar* x, Scalar* y) {
    for (Index i = 0; i < count; ++i) y[i] = value(kind, slope, x[i]);
}

void activation_backward(Activation kind, Scalar slope, Index count, const Scalar* x, const Scalar* y, const Scalar* dy,
                         Scalar* dx) {
    for (Index i = 0; i < count; ++i)
        dx[i] = dy[i] * derivative(kind, slope, x == nullptr ? 0 : x[i], y == nullptr ? 0 : y[i]);
}

void add(Index count, const Scalar* a, const Scalar* b, Scalar* y) {
    for (Index i = 0; i < count; ++i) y[i] = a[i] + b[i];
}

void accumulate(Index count, const Scalar* x, Scalar* y) {
    for (Index i = 0; i < count; ++i) y[i] += x[i];
}

void scale(Index count, Scalar factor, const Scalar* x, Scalar* y) {
    for (Index i = 0; i < count; ++i) y[i] = factor * x[i];
}

void scale_rows(Index rows, Index count, const Scalar* factors, const Scalar* x, Scalar* y) {
    for (Index row = 0; row < rows; ++row)
        for (Index i = 0; i < count; ++i) y[row * count + i] = factors[row] * x[row * count + i];
}

void multiply(Index count, const Scalar* a, const Scalar* b, Scalar* y) {
    for (Index i = 0; i < count; ++i) y[i] = a[i] * b[i];
}

void repeat_multiply_add(Index rounds, Scalar factor, Scalar addend, Index count, Scalar* y) {
    for (Index i = 0; i < count; ++i)
        for (Index round = 0; round < rounds; ++round) y[i] = y[i] * factor + addend;
}

void dropout_mask(RandomStream stream, std::uint64_t step, double p, Index first, Index count, Scalar* mask) {
    const double threshold = p * 0x1p32;  // a 32-bit word falls below it with probability p
    for (Index i = 0; i < count; ++i) {
        const auto words = random_words(stream, step, static_cast<std::uint64_t>((first + i) / 4));
        mask[i] = words[static_cast<std::size_t>((first + i) % 4)] < threshold ? 0 : static_cast<Scalar>(1 / (1 - p));
    }
}

void to_channels_first(Index N, Index C, Index pixels, const Scalar* x, Scalar* y) {
    for (Index n = 0; n < N; ++n)
        for (Index c = 0; c < C; ++c)
            for (Index i = 0; i < pixels; ++i) y[(n * C + c) * pixels + i] = x[(n * pixels + i) * C + c];
}

void to_channels_last(Index N, Index C, Index pixels, const Scalar* x, Scalar* y) {
    for (Index n = 0; n < N; ++n)
        for (Index i = 0; i < pixels; ++i)
            for (Index c = 0; c < C; ++c) y[(n * pixels + i) * C + c] = x[(n * C + c) * pixels + i];
}

}  // namespace normlab::reference
