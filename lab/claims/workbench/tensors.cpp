#include "lab/claims/workbench/tensors.h"

#include <algorithm>
#include <cmath>

#include "framework/support/error.h"
#include "framework/support/random.h"
#include "layers/population.h"

namespace normlab {

Tensor noise(const Shape& shape, std::uint64_t seed, double mean, double deviation) {
    std::vector<Scalar> values(static_cast<std::size_t>(shape.elements()));
    const RandomStream stream = stream_named(seed, "noise");
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<Scalar>(mean + deviation * random_normal(stream, 0, i));
    return Tensor::of(shape, values);
}

void set_values(Var& parameter, const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        parameter.mutable_value().mutable_data()[i] = static_cast<Scalar>(values[i]);
}

Moments moments_of(const Tensor& x) {
    Population all(x.shape()[1]);
    all.add(x);
    return {all.mean(), all.variance()};
}

double largest_difference(const Tensor& a, const Tensor& b) {
    require(a.shape() == b.shape(), "difference", "shapes must agree: ", a.shape(), " and ", b.shape());
    double largest = 0;
    for (Index i = 0; i < a.elements(); ++i)
        largest = std::max(largest, std::abs(double{a.data()[i]} - double{b.data()[i]}));
    return largest;
}

std::vector<double> channel_values(const Tensor& x, Index channel) {
    const Index C = x.shape()[1];  // channels are neighbours in memory
    std::vector<double> values;
    for (Index i = channel; i < x.elements(); i += C) values.push_back(x.data()[i]);
    return values;
}

Wanted of_kind(const std::string& kind) {
    return [kind](const Module& module) { return module.kind() == kind; };
}

bool is_norm(const Module& module) {
    return module.is_norm();
}

std::vector<HeardInput> inputs_of(Module& net, const Tensor& images, const Wanted& wanted) {
    std::vector<HeardInput> heard;
    const ForwardListener listener([&](Module& module, const Var& x, const Var&) {
        if (wanted(module)) heard.push_back({&module, x.value().clone()});
    });
    net(images);
    return heard;
}

double quantile(std::vector<double> values, double share) {
    require(!values.empty(), "quantile", "there are no values");
    std::ranges::sort(values);
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

Histogram histogram(const std::vector<double>& values, double low, double high, int bins) {
    const double width = (high - low) / bins;
    Histogram counts{std::vector<double>(static_cast<std::size_t>(bins)),
                     std::vector<double>(static_cast<std::size_t>(bins))};
    for (std::size_t bin = 0; bin < counts.at.size(); ++bin)
        counts.at[bin] = low + (static_cast<double>(bin) + 0.5) * width;
    for (const double value : values)
        if (value >= low && value < high)
            counts.share[std::min(static_cast<std::size_t>((value - low) / width), counts.share.size() - 1)] +=
                1 / static_cast<double>(values.size());
    return counts;
}

}  // namespace normlab
