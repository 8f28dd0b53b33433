#include "lab/text/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "framework/support/error.h"

namespace normlab {
namespace {

constexpr double kTiny = 1e-300;  // in place of zero, so that nothing is divided by it

double kept_from_zero(double value) {
    return std::abs(value) < kTiny ? kTiny : value;
}

// 1/(1 + d1/(1 + d2/(1 + …))), the continued fraction of I_x(a, b) (DLMF 8.17.22), by Lentz's method: it converges
// quickly for x < (a + 1)/(a + b + 2).
double beta_fraction(double a, double b, double x) {
    double upper = 1, lower = 1 / kept_from_zero(1 - (a + b) * x / (a + 1)), value = lower, change = 0;
    const auto take = [&](double d) {
        lower = 1 / kept_from_zero(1 + d * lower);
        upper = kept_from_zero(1 + d / upper);
        change = lower * upper;
        value *= change;
    };
    for (int m = 1; m <= 1000 && std::abs(change - 1) > 1e-15; ++m) {
        take(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
        take(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
    }
    return value;
}

// P(|T| > t) is I_x(degrees/2, 1/2) at this x.
double beta_place(double t, double degrees) {
    return degrees / (degrees + t * t);
}

double sum_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

double greatest_magnitude(const std::vector<double>& values) {
    double largest = 0;
    for (const double value : values) largest = std::max(largest, std::abs(value));
    return largest;
}

// Numbers of this size that are equal but for rounding do not vary.
double beyond_rounding(double deviation, double largest) {
    return deviation > 16 * std::numeric_limits<double>::epsilon() * largest ? deviation : 0;
}

}  // namespace

double incomplete_beta(double a, double b, double x) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    const double logarithm =
        std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
    const double factor = std::exp(logarithm);
    if (x < (a + 1) / (a + b + 2)) return factor / a * beta_fraction(a, b, x);
    return 1 - factor / b * beta_fraction(b, a, 1 - x);  // I_x(a, b) = 1 - I_{1-x}(b, a)
}

double student_cdf(double t, double degrees) {
    const double tail = incomplete_beta(degrees / 2, 0.5, beta_place(t, degrees)) / 2;
    return t < 0 ? tail : 1 - tail;
}

double student_two_sided(double confidence, double degrees) {
    require(confidence > 0 && confidence < 1 && degrees > 0, "statistics", "no interval of confidence ", confidence,
            " with ", degrees, " degrees of freedom");
    double low = 0, high = 1;  // I_x grows with x
    for (int halving = 0; halving < 200; ++halving) {
        const double middle = (low + high) / 2;
        (incomplete_beta(degrees / 2, 0.5, middle) < 1 - confidence ? low : high) = middle;
    }
    return std::sqrt(degrees * (1 - high) / high);
}

double median_of(std::vector<double> numbers) {
    std::ranges::sort(numbers);
    const std::size_t middle = numbers.size() / 2;
    return numbers.size() % 2 == 1 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}

Sample sample_of(const std::vector<double>& values) {
    require(!values.empty(), "statistics", "no values, no mean");
    const double count = static_cast<double>(values.size());
    Sample sample{.count = values.size(), .mean = sum_of(values) / count};
    if (values.size() == 1) return sample;
    double squares = 0;
    for (const double value : values) squares += (value - sample.mean) * (value - sample.mean);
    sample.deviation = beyond_rounding(std::sqrt(squares / (count - 1)), greatest_magnitude(values));
    return sample;
}

std::optional<double> margin(const Sample& sample, double confidence) {
    if (!sample.deviation) return std::nullopt;
    const double count = static_cast<double>(sample.count);
    return student_two_sided(confidence, count - 1) * *sample.deviation / std::sqrt(count);
}

double Difference::p() const {
    if (standard_error == 0) return 1;
    return incomplete_beta(degrees / 2, 0.5, beta_place(mean / standard_error, degrees));
}

double Difference::margin(double confidence) const {
    return student_two_sided(confidence, degrees) * standard_error;
}

std::vector<double> holm(const std::vector<double>& p) {
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
    std::vector<double> adjusted(p.size());
    double before = 0;
    for (std::size_t place = 0; place < order.size(); ++place) {
        const double factor = static_cast<double>(p.size() - place);
        before = adjusted[order[place]] = std::max(before, std::min(1.0, factor * p[order[place]]));
    }
    return adjusted;
}

Difference paired_difference(const std::vector<double>& a, const std::vector<double>& b) {
    require(a.size() == b.size() && a.size() >= 2, "statistics", "pairs need two samples of one size, at least 2, not ",
            a.size(), " and ", b.size());
    std::vector<double> differences;
    for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
    const Sample sample = sample_of(differences);
    const double count = static_cast<double>(sample.count);
    const double deviation = beyond_rounding(*sample.deviation, std::max(greatest_magnitude(a), greatest_magnitude(b)));
    return {sample.mean, deviation / std::sqrt(count), count - 1, true};
}

Difference welch_difference(const std::vector<double>& a, const std::vector<double>& b) {
    require(a.size() >= 2 && b.size() >= 2, "statistics", "a difference needs two values each, not ", a.size(), " and ",
            b.size());
    const Sample first = sample_of(a), second = sample_of(b);
    const auto squared_error = [](const Sample& sample) {
        return *sample.deviation * *sample.deviation / static_cast<double>(sample.count);
    };
    const double u = squared_error(first), v = squared_error(second);
    const double below = u * u / static_cast<double>(a.size() - 1) + v * v / static_cast<double>(b.size() - 1);
    const double degrees = below > 0 ? (u + v) * (u + v) / below : static_cast<double>(a.size() + b.size() - 2);
    return {first.mean - second.mean, std::sqrt(u + v), degrees, false};
}

}  // namespace normlab
