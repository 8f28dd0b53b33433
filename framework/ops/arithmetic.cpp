#include "framework/ops/arithmetic.h"

#include <algorithm>

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

}  // namespace

Var add(const Var& a, const Var& b) {
    require(a.shape() == b.shape(), "add", "both sides must have the same shape: ", a.shape(), " and ", b.shape());
    if (takes_residual(a)) return deferred_sum(a, b);
    if (takes_residual(b)) return deferred_sum(b, a);
    return computed_sum(a, b);
}

Var multiply(const Var& a, const Var& b) {
    require(a.shape() == b.shape(), "multiply", "both sides must have the same shape: ", a.shape(), " and ", b.shape());
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

Var sum(const Var& x) {
    double total = 0;
    const Scalar* in = x.value().data();
    for (Index i = 0; i < x.value().elements(); ++i) total += in[i];

    return Tape::record(
        "sum", Tensor::full({}, static_cast<Scalar>(total)), {x},
        [shape = x.shape(), gx = x.gradient()](const Tensor& dy) { gx.add(Tensor::full(shape, dy.item())); });
}

}  // namespace normlab
