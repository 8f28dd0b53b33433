#include "lab/claims/workbench/lists.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace normlab {

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double geometric_mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += std::log(value);
    return std::exp(sum / static_cast<double>(values.size()));
}

double largest_of(const std::vector<double>& values) {
    return *std::ranges::max_element(values);
}

double last_of(const std::vector<double>& values) {
    return values.back();
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

std::vector<double> least_of(const std::vector<std::vector<double>>& lists) {
    std::vector<double> least = lists[0];
    for (const std::vector<double>& list : lists)
        std::ranges::transform(least, list, least.begin(), [](double a, double b) { return std::min(a, b); });
    return least;
}

std::vector<double> most_of(const std::vector<std::vector<double>>& lists) {
    std::vector<double> most = lists[0];
    for (const std::vector<double>& list : lists)
        std::ranges::transform(most, list, most.begin(), [](double a, double b) { return std::max(a, b); });
    return most;
}

}  // namespace normlab
