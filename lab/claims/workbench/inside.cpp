#include "lab/claims/workbench/inside.h"

#include <cmath>

#include "framework/ops/arithmetic.h"
#include "lab/claims/workbench/tensors.h"
#include "layers/containers.h"

namespace normlab {

Inside inside(Module& net, std::size_t place, const Objective& objective, Module* before, double factor) {
    auto& row = dynamic_cast<Sequential&>(net);
    Var x = objective.input();
    for (std::size_t i = 0; i < place; ++i) x = row[i](x);
    Var start = Var::parameter(scale(x, factor).value());
    Tape tape;
    Var y = before == nullptr ? start : (*before)(start);
    for (std::size_t i = place; i < row.size(); ++i) y = row[i](y);
    tape.backward(objective.of_output(y));
    return {start.value(), start.grad(), y.value()};
}

Parts parts_of(const Inside& place, Index channel, double eps) {
    const std::vector<double> x = channel_values(place.x, channel), g = channel_values(place.gradient, channel);
    const auto m = static_cast<double>(x.size());
    const Moments moments = moments_of(place.x);
    const double mean = moments.mean[static_cast<std::size_t>(channel)];
    const double s = std::sqrt(moments.variance[static_cast<std::size_t>(channel)] + eps);
    Parts parts;
    for (std::size_t i = 0; i < x.size(); ++i) {
        parts.square += g[i] * g[i];
        parts.along_one += g[i] / std::sqrt(m), parts.along_x += g[i] * (x[i] - mean) / s / std::sqrt(m);
    }
    return parts;
}

}  // namespace normlab
