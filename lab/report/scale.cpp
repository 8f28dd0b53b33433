#include "lab/report/scale.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "framework/support/error.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr double kNear = 1e-9;  // of a step: numbers this close are the same

double round_step(double span, const TickOptions& options) {
    const double raw = span / options.wanted;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    double step = 10 * power;
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= raw * (1 - kNear)) {
            step = factor * power;
            break;
        }
    return options.whole ? std::max(1.0, step) : step;
}

// A range of one number is widened around it.
Range with_room(Range range) {
    require(std::isfinite(range.low) && std::isfinite(range.high) && range.low <= range.high, "scale",
            "no range of numbers: ", range.low, " to ", range.high);
    if (range.low < range.high) return range;
    if (range.low == 0) return {0, 1};
    const double room = std::abs(range.low) / 2;
    return {range.low - room, range.high + room};
}

std::string tick_text(double value, double step) {
    const double largest = std::max(std::abs(value), step);
    if (std::abs(value) < step * kNear) return "0";
    if (largest >= 1e6 || largest < 1e-3) return significant(value, 3);
    const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + kNear)));
    return decimals == 0 ? grouped(std::llround(value)) : fixed(value, decimals);
}

std::vector<Tick> ticks_within(Range range, double step) {
    std::vector<Tick> ticks;
    const auto first = std::llround(std::ceil(range.low / step - kNear)),
               last = std::llround(std::floor(range.high / step + kNear));
    for (auto i = first; i <= last; ++i) {
        const double value = static_cast<double>(i) * step;
        ticks.push_back({value, tick_text(value, step)});
    }
    return ticks;
}

}  // namespace

double Scale::place(double value) const {
    if (logarithmic) return std::log(value / low) / std::log(high / low);
    return (value - low) / (high - low);
}

Scale exact_scale(Range range, const TickOptions& options) {
    const bool single = range.low == range.high;
    const Range wide = single && options.whole ? Range{range.low - 0.5, range.high + 0.5} : with_room(range);
    return {wide.low, wide.high, false, ticks_within(wide, round_step(wide.high - wide.low, options))};
}

Scale round_scale(Range range, const TickOptions& options) {
    const Range wide = with_room(range);
    const double step = round_step(wide.high - wide.low, options);
    const Range whole = {std::floor(wide.low / step + kNear) * step, std::ceil(wide.high / step - kNear) * step};
    return {whole.low, whole.high, false, ticks_within(whole, step)};
}

Scale logarithmic_scale(Range range) {
    require(range.low > 0, "scale", "a logarithmic scale needs positive numbers, got ", range.low);
    const auto at_least = [](double value, double bound) { return value >= bound * (1 - kNear); };
    const int first = static_cast<int>(std::floor(std::log10(range.low)));
    constexpr double kMostPowers = 9;  // that there is room for
    Scale scale{0, 0, true, {}};
    std::vector<double> values;  // from the last at or below the range to the first at or above it
    for (int power = first; values.size() < 2 || !at_least(values.back(), range.high); ++power)
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double value = factor * std::pow(10, power);
            if (values.size() == 1 && at_least(range.low, value)) values.clear();
            if (values.size() < 2 || !at_least(values.back(), range.high)) values.push_back(value);
        }
    const double powers = std::log10(values.back() / values.front());
    const double apart = std::ceil((powers - kNear) / kMostPowers);  // of ten, between ticks
    for (const double value : values)
        if (powers <= 2 + kNear || std::abs(std::remainder(std::log10(value), apart)) < kNear)
            scale.ticks.push_back({value, tick_text(value, value)});
    scale.low = values.front(), scale.high = values.back();
    return scale;
}

Scale scale_at(const std::vector<double>& values, bool logarithmic) {
    constexpr double kRoom = 0.05;
    require(values.size() > 1 && std::ranges::is_sorted(values) && values.front() < values.back(), "scale",
            "needs different numbers, in order");
    Scale scale{values.front(), values.back(), logarithmic, {}};
    for (const double value : values)
        if (scale.ticks.empty() || scale.place(value) - scale.place(scale.ticks.back().value) > kRoom)
            scale.ticks.push_back({value, significant(value)});
    return scale;
}

std::string significant(double value, int digits) {
    if (!std::isfinite(value)) return std::isnan(value) ? "not a number" : "infinite";
    if (std::abs(value) >= 1000 && std::abs(value) < 1e6) return grouped(std::llround(value));
    char text[40];
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    return text;
}

}  // namespace normlab
