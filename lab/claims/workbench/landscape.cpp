#include "lab/claims/workbench/landscape.h"

#include <algorithm>
#include <cmath>

namespace normlab {
namespace {

constexpr std::size_t kPlaces = 8;

double or_infinity(double number) {
    return std::isfinite(number) ? number : INFINITY;
}

}  // namespace

std::vector<double> places_ahead(double rate) {
    std::vector<double> steps;
    for (std::size_t k = 0; k < kPlaces; ++k)
        steps.push_back(rate * (0.5 + 3.5 * static_cast<double>(k) / (kPlaces - 1)));
    return steps;
}

void look_ahead(Module& net, const Objective& objective, double rate, Index step, Numbers& found) {
    const Place here = gradient_at(net, objective);
    const double slope = length(here.gradient);
    double low = INFINITY, high = -INFINITY, least = INFINITY, change = 0, beta = 0, cosine = 1;
    for (const Probe& there : look_along(net, objective, here, here.gradient, places_ahead(rate))) {
        low = std::min(low, or_infinity(there.loss)), high = std::max(high, or_infinity(there.loss));
        least = std::min(least, or_infinity(there.change)), change = std::max(change, or_infinity(there.change));
        beta = std::max(beta, or_infinity(there.change / (there.step * slope)));
        cosine = std::min(cosine, std::isfinite(there.cosine) ? there.cosine : 0);
        found["slice"].push_back(there.loss);
    }
    const std::vector<std::pair<const char*, double>> seen = {{"step", static_cast<double>(step)},
                                                              {"loss", here.loss},
                                                              {"low", low},
                                                              {"high", high},
                                                              {"range", std::isfinite(high) ? high - low : INFINITY},
                                                              {"least change", least},
                                                              {"change", change},
                                                              {"beta", beta},
                                                              {"cosine", cosine},
                                                              {"range by loss", (high - low) / here.loss},
                                                              {"change by length", change / slope}};
    for (const auto& [name, number] : seen) found[name].push_back(number);
}

void check_look(Module& net, const Objective& objective, double rate, Numbers& found) {
    const Place here = gradient_at(net, objective);
    const Probe nowhere = look_along(net, objective, here, here.gradient, {0})[0];
    found["still"].push_back(std::max(std::abs(nowhere.loss - here.loss), nowhere.change));

    const double close = rate / 1000;
    const Weights w = Weights::of(net);
    const Place ahead = gradient_at(net, w.plus(-close / 2, here.gradient), objective);
    const Place behind = gradient_at(net, w.plus(close / 2, here.gradient), objective);
    const Probe there = look_along(net, objective, here, here.gradient, {close})[0];
    found["second derivative"].push_back(there.change / distance(ahead.gradient, behind.gradient));

    double change = 0;
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
        const Weights direction = here.gradient.random_alike(seed);
        const Probe far = look_along(net, objective, here, direction, {4 * rate})[0];
        change = std::max(change, or_infinity(std::abs(far.loss - here.loss)));
    }
    found["random"].push_back(change);
}

}  // namespace normlab
