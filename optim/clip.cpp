#include "optim/clip.h"

#include <array>
#include <cmath>

#include "framework/kernels/kernels.h"
#include "framework/support/error.h"

namespace normlab {

double sum_of_squares(const Tensor& tensor) {
    std::array<double, 8> lanes{};  // no addition waits for the one just before it
    const Scalar* x = tensor.data();
    const auto count = static_cast<std::size_t>(tensor.elements());
    for (std::size_t i = 0; i < count; ++i) lanes[i % lanes.size()] += double{x[i]} * double{x[i]};
    double sum = 0;
    for (const double lane : lanes) sum += lane;
    return sum;
}

double clip_grad_norm(const std::vector<NamedParameter>& parameters, double max_norm) {
    require(max_norm >= 0, "clip_grad_norm", "max_norm must be a number of at least 0, got ", max_norm);
    double squares = 0;
    for (const NamedParameter& each : parameters)
        if (const Tensor gradient = each.parameter.grad(); gradient.defined()) squares += sum_of_squares(gradient);
    const double norm = std::sqrt(squares);
    const double factor = max_norm / (norm + 1e-6);
    if (!(factor < 1)) return norm;

    for (const NamedParameter& each : parameters) {
        Var parameter = each.parameter;
        const Tensor gradient = parameter.grad();
        if (!gradient.defined()) continue;
        Tensor clipped(gradient.shape());  // a new one: two parameters may have the same tensor as their gradient
        kernels().scale(gradient.elements(), static_cast<Scalar>(factor), gradient.data(), clipped.mutable_data());
        parameter.clear_grad();
        parameter.gradient().add(std::move(clipped));
    }
    return norm;
}

}  // namespace normlab
