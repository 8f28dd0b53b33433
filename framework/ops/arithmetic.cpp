#include "framework/ops/arithmetic.h"

#include <algorithm>
#include <functional>

#include "framework/deferred.h"
#include "framework/kernels/kernels.h"
#include "framework/ops/activation.h"
#include "framework/support/error.h"

namespace normlab {

namespace {

Var computed_sum(const Var& a, const Var& b) {
    Tensor y(a.shape());
    kernels().add(y.elements(), a.value().data(), b.value().data(), y.mutable_data());

    return Tape::record("add", y, {a, b}, [ga = a.gradient(), gb = b.gradient()](const Tensor& dy) {
        ga.add(dy);
        gb.add(dy);
    });
}

// a + b in the pass that computes a.
Var deferred_sum(const Var& a, const Var& b) {
    return defer({.shape = a.shape(), .finish = [a, b](const Epilogue& epilogue) {
                      static_cast<void>(b.value());  // b may be a, which is computed once
                      if (takes_residual(a)) return finish(a, {.residual = b, .relu = epilogue.relu});
                      const Var y = computed_sum(a, b);
                      return epilogue.relu ? relu(y) : y;
                  }});
}

// The op for both sides repeated to one shape.
Var broadcast_both(const char* name, Var (*op)(const Var&, const Var&), const Var& a, const Var& b) {
    const Shape shape = broadcast_shape(name, a.shape(), b.shape());
    return op(broadcast(a, shape), broadcast(b, shape));
}

}  // namespace

Var add(const Var& a, const Var& b) {
    if (a.shape() != b.shape()) return broadcast_both("add", add, a, b);
    if (takes_residual(a)) return deferred_sum(a, b);
    if (takes_residual(b)) return deferred_sum(b, a);
    return computed_sum(a, b);
}

Var subtract(const Var& a, const Var& b) {
    if (a.shape() != b.shape()) return broadcast_both("subtract", subtract, a, b);
    return add(a, scale(b, -1));
}

Var multiply(const Var& a, const Var& b) {
    if (a.shape() != b.shape()) return broadcast_both("multiply", multiply, a, b);
    Tensor y(a.shape());
    kernels().multiply(y.elements(), a.value().data(), b.value().data(), y.mutable_data());

    return Tape::record(
        "multiply", y, {a, b},
        [a = Saved(a.value()), b = Saved(b.value()), ga = a.gradient(), gb = b.gradient()](const Tensor& dy) {
            const auto product = [&](const Saved& other) {
                Tensor dx(dy.shape());
                kernels().multiply(dx.elements(), dy.data(), other.data("multiply"), dx.mutable_data());
                return dx;
            };
            if (ga.wanted()) ga.add(product(b));
            if (gb.wanted()) gb.add(product(a));
        });
}

// y = a/b     da = dy/b     db = −y dy/b
Var divide(const Var& a, const Var& b) {
    if (a.shape() != b.shape()) return broadcast_both("divide", divide, a, b);
    const auto quotient = [](const Tensor& above, const Tensor& below) {
        Tensor result(above.shape());
        std::transform(above.data(), above.data() + above.elements(), below.data(), result.mutable_data(),
                       std::divides());
        return result;
    };
    const Tensor y = quotient(a.value(), b.value());

    return Tape::record(
        "divide", y, {a, b},
        [quotient, y = Saved(y), b = Saved(b.value()), ga = a.gradient(), gb = b.gradient()](const Tensor& dy) {
            const Tensor da = quotient(dy, b.get("divide"));
            if (gb.wanted()) gb.add(scale(multiply(y.get("divide"), da), -1).value());
            ga.add(da);
        });
}

Var scale(const Var& x, double factor) {
    const auto scaled = [factor](const Tensor& t) {
        Tensor result(t.shape());
        kernels().scale(t.elements(), static_cast<Scalar>(factor), t.data(), result.mutable_data());
        return result;
    };
    return Tape::record("scale", scaled(x.value()), {x},
                        [scaled, gx = x.gradient()](const Tensor& dy) { gx.add(scaled(dy)); });
}

Var concatenate(const std::vector<Var>& parts) {
    require(!parts.empty(), "concatenate", "needs at least one tensor");
    const Images first = as_images(parts.front().shape());
    std::vector<Index> channels;
    Index C = 0;
    for (const Var& part : parts) {
        const Images image = as_images(part.shape());
        require(part.shape().rank() == 4 && image.N == first.N && image.H == first.H && image.W == first.W,
                "concatenate", "all must be (N,C,H,W) and differ in C only: ", parts.front().shape(), " and ",
                part.shape());
        channels.push_back(image.C);
        C += image.C;
    }
    // Calls copy(part row, whole row, channels) for each pixel and part; the channels of the parts follow one another.
    const Index rows = first.N * first.pixels();
    const auto for_each_row = [rows, C, channels](std::size_t part, auto copy) {
        Index offset = 0;
        for (std::size_t i = 0; i < part; ++i) offset += channels[i];
        for (Index row = 0; row < rows; ++row) copy(row * channels[part], row * C + offset, channels[part]);
    };

    Tensor y({first.N, C, first.H, first.W});
    Scalar* out = y.mutable_data();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Scalar* in = parts[i].value().data();
        for_each_row(i, [&](Index from, Index to, Index count) { std::copy_n(in + from, count, out + to); });
    }

    std::vector<Gradient> gradients;
    for (const Var& part : parts) gradients.push_back(part.gradient());
    return Tape::record("concatenate", y, parts, [first, channels, gradients, for_each_row](const Tensor& dy) {
        for (std::size_t i = 0; i < gradients.size(); ++i) {
            if (!gradients[i].wanted()) continue;
            Tensor dx({first.N, channels[i], first.H, first.W});
            Scalar* part = dx.mutable_data();
            for_each_row(i,
                         [&](Index to, Index from, Index count) { std::copy_n(dy.data() + from, count, part + to); });
            gradients[i].add(dx);
        }
    });
}

}  // namespace normlab
