#include "framework/ops/activation.h"

#include "framework/deferred.h"
#include "framework/kernels/kernels.h"

namespace normlab {
namespace {

// What the derivative is computed from, and so what backward keeps.
enum class Keep { input, output };

Var apply(const char* op, Activation kind, Keep keep, const Var& x, double slope = 0) {
    const auto a = static_cast<Scalar>(slope);
    Tensor y(x.shape());
    kernels().activation(kind, a, y.elements(), x.value().data(), y.mutable_data());

    const Saved kept(keep == Keep::input ? x.value() : y);
    return Tape::record(op, y, {x}, [op, kind, keep, a, kept, gx = x.gradient()](const Tensor& dy) {
        const Scalar* data = kept.data(op);
        Tensor dx(dy.shape());
        kernels().activation_backward(kind, a, dx.elements(), keep == Keep::input ? data : nullptr,
                                      keep == Keep::output ? data : nullptr, dy.data(), dx.mutable_data());
        gx.add(dx);
    });
}

}  // namespace

Var relu(const Var& x) {
    if (takes_relu(x)) return finish(x, {.relu = true});
    return apply("relu", Activation::relu, Keep::output, x);
}
Var leaky_relu(const Var& x, double slope) {
    return apply("leaky_relu", Activation::leaky_relu, Keep::input, x, slope);
}
Var sigmoid(const Var& x) {
    return apply("sigmoid", Activation::sigmoid, Keep::output, x);
}
Var tanh(const Var& x) {
    return apply("tanh", Activation::tanh, Keep::output, x);
}
Var gelu(const Var& x) {
    return apply("gelu", Activation::gelu, Keep::input, x);
}
Var gelu_tanh(const Var& x) {
    return apply("gelu_tanh", Activation::gelu_tanh, Keep::input, x);
}
Var silu(const Var& x) {
    return apply("silu", Activation::silu, Keep::input, x);
}

}  // namespace normlab
