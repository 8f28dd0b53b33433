#include "framework/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "framework/support/error.h"

namespace normlab {
namespace {

double projected(const Tensor& y, const Tensor& r) {
    double sum = 0;
    for (Index i = 0; i < y.elements(); ++i) sum += double{y.data()[i]} * double{r.data()[i]};
    return sum;
}

}  // namespace

double gradient_tolerance() {
    return std::is_same_v<Scalar, double> ? 1e-6 : 2e-2;
}

double gradient_error(const std::function<Var()>& compute, const std::vector<Var>& inputs) {
    Tensor r;
    {
        Tape tape;
        const Var y = compute();
        r = Tensor::randn(y.shape(), 1);
        for (Var input : inputs) input.clear_grad();
        tape.backward(y, r);
    }
    const Scalar h = std::cbrt(std::numeric_limits<Scalar>::epsilon());
    double worst = 0;
    for (Var input : inputs) {
        require(input.grad().defined(), "gradient_error", "an input of shape ", input.shape(), " got no gradient");
        double difference = 0, size = 0;
        for (Index i = 0; i < input.value().elements(); ++i) {
            const Scalar x = input.value().data()[i];
            const auto loss_at = [&](Scalar value) {
                input.mutable_value().mutable_data()[i] = value;
                return projected(compute().value(), r);
            };
            const Scalar above = x + h, below = x - h;
            const double expected = (loss_at(above) - loss_at(below)) / (double{above} - double{below});
            input.mutable_value().mutable_data()[i] = x;
            const double got = input.grad().data()[i];
            difference += (got - expected) * (got - expected);
            size += expected * expected;
        }
        worst = std::max(worst, std::sqrt(difference) / std::max(std::sqrt(size), 1e-3));
        input.clear_grad();
    }
    return worst;
}

}  // namespace normlab
