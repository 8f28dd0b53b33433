#include "framework/ops/evaluated_convolution.h"

#include <algorithm>

#include "framework/kernels/kernels.h"

namespace normlab {
namespace {

// Up to here weights are kept. One image of 32x32 pixels has as many.
constexpr Index kFewPixels = 1024;

Tensor folded_weight(const Tensor& weight, const Tensor& scale) {
    const Index K = weight.shape()[0];
    Tensor result(weight.shape());
    kernels().scale_rows(K, weight.elements() / K, scale.data(), weight.data(), result.mutable_data());
    return result;
}

Tensor folded_bias(const Tensor& bias, const Tensor& scale, const Tensor& shift) {
    Tensor result(scale.shape());
    Scalar* const to = result.mutable_data();
    for (Index k = 0; k < scale.elements(); ++k)
        to[k] = (bias.defined() ? scale.data()[k] * bias.data()[k] : Scalar{0}) + shift.data()[k];
    return result;
}

struct PreparedWeights : Derived {
    const Kernels& table;
    ConvShape shape;
    Tensor scale;  // (K) or undefined
    Memory memory;

    PreparedWeights(const Kernels& k, const ConvShape& s, const Tensor& weight, const Tensor& factors)
        : table(k),
          shape(s),
          scale(factors),
          memory(k.prepare_conv2d(s, (scale.defined() ? folded_weight(weight, scale) : weight).data())) {}

    bool fits(const Kernels& k, const ConvShape& s, const Tensor& factors) const {
        if (&table != &k || shape != s || scale.defined() != factors.defined()) return false;
        return !scale.defined() || std::equal(scale.data(), scale.data() + scale.elements(), factors.data());
    }
};

std::shared_ptr<const PreparedWeights> prepared(const ConvShape& shape, const Tensor& weight, const Tensor& scale) {
    auto kept = std::dynamic_pointer_cast<const PreparedWeights>(weight.derived());
    if (kept != nullptr && kept->fits(kernels(), shape, scale)) return kept;
    kept = std::make_shared<const PreparedWeights>(kernels(), shape, weight, scale);
    weight.keep_derived(kept);
    return kept;
}

}  // namespace

WeightAndBias folded(const WeightAndBias& unscaled, const Tensor& scale, const Tensor& shift) {
    return {folded_weight(unscaled.weight, scale), folded_bias(unscaled.bias, scale, shift)};
}

void evaluate_convolution(const ConvShape& shape, const Tensor& x, const WeightAndBias& unscaled,
                          const Epilogue& epilogue, Tensor& y) {
    const auto& [weight, bias] = unscaled;
    const bool scaled = epilogue.scale.defined();
    const Tensor shifted = scaled ? folded_bias(bias, epilogue.scale, epilogue.shift) : bias;
    const Scalar* const b = shifted.defined() ? shifted.data() : nullptr;
    if (shape.N * shape.P * shape.Q <= kFewPixels) {
        const auto weights = prepared(shape, weight, epilogue.scale);
        kernels().conv2d_prepared(shape, x.data(), weights->memory.as(), b, epilogue.view(), y.mutable_data());
    } else {
        const Tensor w = scaled ? folded_weight(weight, epilogue.scale) : weight;
        kernels().conv2d(shape, x.data(), w.data(), b, epilogue.view(), y.mutable_data());
    }
}

}  // namespace normlab
