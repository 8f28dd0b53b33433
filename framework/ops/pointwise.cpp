#include "framework/ops/pointwise.h"

#include <cmath>

namespace normlab {

Var pointwise(const char* op, const Var& x, const std::function<double(double x)>& f,
              const std::function<double(double x, double y)>& slope) {
    const Scalar* in = x.value().data();
    Tensor y(x.shape());
    Scalar* out = y.mutable_data();
    for (Index i = 0; i < y.elements(); ++i) out[i] = static_cast<Scalar>(f(in[i]));

    return Tape::record(op, y, {x},
                        [op, slope, x = Saved(x.value()), y = Saved(y), gx = x.gradient()](const Tensor& dy) {
                            const Scalar *from = x.data(op), *to = y.data(op);
                            Tensor dx(dy.shape());
                            Scalar* d = dx.mutable_data();
                            for (Index i = 0; i < dx.elements(); ++i)
                                d[i] = static_cast<Scalar>(dy.data()[i] * slope(from[i], to[i]));
                            gx.add(dx);
                        });
}

Var exp(const Var& x) {
    return pointwise(
        "exp", x, [](double v) { return std::exp(v); }, [](double, double y) { return y; });
}

Var log(const Var& x) {
    return pointwise(
        "log", x, [](double v) { return std::log(v); }, [](double v, double) { return 1 / v; });
}

Var pow(const Var& x, double exponent) {
    return pointwise(
        "pow", x, [=](double v) { return std::pow(v, exponent); },
        [=](double v, double) { return exponent == 0 ? 0 : exponent * std::pow(v, exponent - 1); });
}

}  // namespace normlab
