#include "framework/ops/softmax.h"

#include <algorithm>
#include <cmath>

#include "framework/ops/pointwise.h"
#include "framework/support/error.h"

namespace normlab {

// y_c = x_c − log Σ_k exp(x_k)     dx_c = dy_c − exp(y_c) Σ_k dy_k
Var log_softmax(const Var& x) {
    const Shape shape = x.shape();
    require(shape.rank() >= 1, "log_softmax", "needs channels, got a single number");
    require_numbers("log_softmax", shape);
    const Index C = as_images(shape).C;  // neighbours in memory
    Tensor y(shape);
    const Scalar* in = x.value().data();
    Scalar* out = y.mutable_data();
    for (Index at = 0; at < y.elements(); at += C) {
        const double largest = *std::max_element(in + at, in + at + C);
        double normalizer = 0;
        for (Index c = 0; c < C; ++c) normalizer += std::exp(in[at + c] - largest);
        for (Index c = 0; c < C; ++c) out[at + c] = static_cast<Scalar>(in[at + c] - largest - std::log(normalizer));
    }

    return Tape::record("log_softmax", y, {x}, [C, y = Saved(y), gx = x.gradient()](const Tensor& dy) {
        const Scalar *log_p = y.data("log_softmax"), *d = dy.data();
        Tensor dx(dy.shape());
        Scalar* to = dx.mutable_data();
        for (Index at = 0; at < dy.elements(); at += C) {
            double sum = 0;
            for (Index c = 0; c < C; ++c) sum += d[at + c];
            for (Index c = 0; c < C; ++c)
                to[at + c] = static_cast<Scalar>(d[at + c] - std::exp(double{log_p[at + c]}) * sum);
        }
        gx.add(dx);
    });
}

Var softmax(const Var& x) {
    return exp(log_softmax(x));
}

}  // namespace normlab
