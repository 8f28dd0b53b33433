#include "lab/claims/workbench/trials.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace normlab {

Trials::Trials(Workbench& bench, const std::vector<std::string>& cases, const Work& work)
    : seeds_(bench.seeds().size()) {
    std::vector<std::string> labels;
    for (const std::string& each : cases)
        for (const std::uint64_t seed : bench.seeds()) labels.push_back(each + ", seed " + std::to_string(seed));
    found_ = bench.each(labels, [&](std::size_t piece) { return work(piece / seeds_, bench.seeds()[piece % seeds_]); });
}

const std::vector<double>& Trials::list(std::size_t at, const std::string& name, std::size_t seed) const {
    return found_.at(at * seeds_ + seed).at(name);
}

std::vector<double> Trials::of(std::size_t at, const std::string& name, std::size_t place) const {
    std::vector<double> values;
    for (std::size_t seed = 0; seed < seeds_; ++seed) values.push_back(list(at, name, seed).at(place));
    return values;
}

Plot::Curve Trials::curve(std::size_t at, const std::string& name, Words title, std::vector<double> x,
                          int colour) const {
    Plot::Curve curve{.name = std::move(title), .x = std::move(x), .y = {}, .colour = colour};
    for (std::size_t place = 0; place < curve.x.size(); ++place) {
        const std::vector<double> values = of(at, name, place);
        const auto [low, high] = std::ranges::minmax(values);
        curve.y.push_back(std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(seeds_));
        curve.low.push_back(low), curve.high.push_back(high);
    }
    return curve;
}

std::vector<double> minus(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> result = a;
    std::ranges::transform(a, b, result.begin(), std::minus{});
    return result;
}

std::vector<double> over(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> result = a;
    std::ranges::transform(a, b, result.begin(), std::divides{});
    return result;
}

std::vector<double> times(double factor, std::vector<double> a) {
    for (double& each : a) each *= factor;
    return a;
}

}  // namespace normlab
