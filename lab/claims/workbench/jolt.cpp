#include "lab/claims/workbench/jolt.h"

#include "framework/ops/arithmetic.h"
#include "framework/support/error.h"

namespace normlab {
namespace {

constexpr double kChannelMean = 0.5, kChannelDeviation = 0.25, kElement = 0.1;
constexpr std::size_t kTable = 1 << 16;  // normal numbers that the elements' are picked from

const std::vector<float>& normal_numbers() {
    static const std::vector<float> table = [] {
        std::vector<float> numbers;
        const RandomStream stream = stream_named(0, "jolt");
        for (std::size_t i = 0; i < kTable; ++i) numbers.push_back(static_cast<float>(random_normal(stream, 0, i)));
        return numbers;
    }();
    return table;
}

Sequential& as_row(Module& net) {
    auto* row = dynamic_cast<Sequential*>(&net);
    require(row != nullptr, "Jolted", "expected a Sequential, got ", net.kind());
    return *row;
}

// Sixteen bits each for m and s of four elements.
struct Draw {
    std::array<std::uint32_t, 4> words;
    double even(std::size_t element) const { return (words[element] >> 16) / 32768.0 - 1; }  // in [−1, 1)
    double normal(std::size_t element) const { return double{normal_numbers()[words[element] & 0xffff]}; }
};

}  // namespace

Jolted::Jolted(std::unique_ptr<Module> net, double strength)
    : owned_(std::move(net)), net_(as_row(*owned_)), strength_(strength) {}

void Jolted::reset_random(std::uint64_t seed, const std::string&, std::uint64_t step) {
    seed_ = seed, step_ = step;
}

Var Jolted::forward(const Var& x) {
    Var y = x;
    for (std::size_t i = 0; i < net_.size(); ++i) {
        if (training() && net_[i].kind() == "ReLU") y = jolt(y, i);
        y = net_[i](y);
    }
    return y;
}

Var Jolted::jolt(const Var& x, std::size_t place) const {
    const Index channels = x.shape()[1];
    const RandomStream of_channels = stream_named(seed_, "jolt of channels " + std::to_string(place));
    const RandomStream of_elements = stream_named(seed_, "jolt of elements " + std::to_string(place));
    std::vector<double> mean, deviation;
    for (Index c = 0; c < channels; ++c) {
        const auto index = 2 * static_cast<std::uint64_t>(c);
        mean.push_back(strength_ * kChannelMean * (2 * random_uniform(of_channels, step_, index) - 1));
        deviation.push_back(1 + strength_ * kChannelDeviation * random_uniform(of_channels, step_, index + 1));
    }
    Tensor m(x.shape()), s(x.shape());
    Scalar *to_m = m.mutable_data(), *to_s = s.mutable_data();
    Draw draw{};
    std::size_t c = 0;  // channels are neighbours in memory
    for (Index i = 0; i < x.shape().elements(); ++i) {
        const auto element = static_cast<std::size_t>(i % 4);
        if (element == 0) draw.words = random_words(of_elements, step_, static_cast<std::uint64_t>(i / 4));
        to_m[i] = static_cast<Scalar>(mean[c] + strength_ * kElement * draw.even(element));
        to_s[i] = static_cast<Scalar>(deviation[c] + strength_ * kElement * draw.normal(element));
        if (++c == mean.size()) c = 0;
    }
    return add(multiply(x, s), m);
}

}  // namespace normlab
