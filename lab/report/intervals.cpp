#include "lab/report/intervals.h"

#include <algorithm>
#include <cmath>

#include "lab/report/chart.h"
#include "lab/report/scale.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

struct Extent {
    double low, high;
};

Extent reach_of(const IntervalRow& row, const Intervals& all) {
    const double margin = row.margin.value_or(0);
    return {std::max(row.mean - margin, all.lowest.value_or(-INFINITY)),
            std::min(row.mean + margin, all.highest.value_or(INFINITY))};
}

// Of everything that is drawn.
Scale scale_of(const Intervals& all) {
    Range range{INFINITY, -INFINITY};
    const auto take = [&](double value) { range = {std::min(range.low, value), std::max(range.high, value)}; };
    for (const IntervalRow& row : all.rows) {
        if (row.values.empty()) continue;
        const Extent reach = reach_of(row, all);
        take(reach.low), take(reach.high);
        for (const double value : row.values) take(value);
    }
    return range.low <= range.high ? round_scale(range, {.wanted = 6}) : round_scale({0, 1});
}

Html piece(const std::string& kind, double at, double width = 0) {
    return tag("i", {{"class", kind}, {"style", "--at:" + fixed(at, 4) + ";--width:" + fixed(width, 4)}});
}

Html track(const IntervalRow& row, const Intervals& all, const Scale& scale) {
    Html pieces;
    for (const Tick& tick : scale.ticks) pieces += piece("tick", scale.place(tick.value));
    if (!row.values.empty()) {
        const Extent reach = reach_of(row, all);
        if (row.margin)
            pieces += piece("reach", scale.place(reach.low), scale.place(reach.high) - scale.place(reach.low));
        for (const double value : row.values) pieces += piece("one", scale.place(value));
        pieces += piece("mean", scale.place(row.mean));
    }
    const std::string colour = "--colour:var(--c" + std::to_string(row.colour % kChartColours) + ")";
    return tag("div", {{"class", "track"}, {"style", colour}}, pieces);
}

// A scale around everything that is drawn; what is beyond it lies at its end.
class RangeScale {
  public:
    explicit RangeScale(const IntervalOnRange& row) : logarithmic_(row.logarithmic && is_positive(row)) {
        double low = INFINITY, high = -INFINITY;
        const auto take = [&](double number) {
            if (std::isfinite(number)) low = std::min(low, scaled(number)), high = std::max(high, scaled(number));
        };
        for (const double number : numbers_of(row)) take(number);
        if (!logarithmic_ && !std::isfinite(row.mean)) take(2 * high - low);
        if (low > high) low = 0, high = 1;
        if (!logarithmic_ && low > 0 && low < (high - low) * 2) low = 0;  // zero tells how large the others are
        const double span = high > low ? high - low : std::max(std::abs(high), 1e-300);
        const bool from_zero = !logarithmic_ && low == 0;
        low_ = from_zero ? low - 0.02 * span : low - kRoom * span, high_ = high + kRoom * span;
    }
    double place(double number) const {
        if (std::isnan(number)) return 0.5;
        if (std::isinf(number)) return number > 0 ? 1 : 0;
        return std::clamp((scaled(number) - low_) / (high_ - low_), 0.0, 1.0);
    }

  private:
    static constexpr double kRoom = 0.22;
    static std::vector<double> numbers_of(const IntervalOnRange& row) {
        std::vector<double> numbers = row.values;
        numbers.insert(numbers.end(), {row.mean, row.low, row.high});
        for (const auto& bound : {row.accepted_low, row.accepted_high})
            if (bound) numbers.push_back(*bound);
        return numbers;
    }
    static bool is_positive(const IntervalOnRange& row) {
        return std::ranges::all_of(numbers_of(row), [](double number) { return !(number <= 0); });
    }
    double scaled(double number) const { return logarithmic_ ? std::log(number) : number; }
    bool logarithmic_;
    double low_, high_;
};

}  // namespace

Html to_html(const Intervals& intervals) {
    const Scale scale = scale_of(intervals);
    Html rows;
    for (const IntervalRow& row : intervals.rows)
        rows += tag("div", {{"class", "row"}},
                    tag("span", {{"class", "name"}}, row.name) + track(row, intervals, scale) +
                        tag("span", {{"class", "number"}}, row.text));
    Html axis;
    for (const Tick& tick : scale.ticks)
        axis += tag("span", {{"style", "--at:" + fixed(scale.place(tick.value), 4)}}, tick.text);
    rows += tag(
        "div", {{"class", "row"}, {"aria-hidden", "true"}},
        tag("span", {}) + tag("div", {{"class", "ticks"}}, axis) + tag("span", {{"class", "unit"}}, intervals.unit));
    return tag("div", {{"class", "intervals"}}, rows);
}

Html to_html(const IntervalOnRange& row) {
    const RangeScale scale(row);
    Html pieces;
    if (row.accepted_low || row.accepted_high) {
        const double from = row.accepted_low ? scale.place(*row.accepted_low) : 0;
        const double to = row.accepted_high ? scale.place(*row.accepted_high) : 1;
        pieces += piece("accepted", from, to - from);
        for (const auto& bound : {row.accepted_low, row.accepted_high})
            if (bound) pieces += piece("bound", scale.place(*bound));
    }
    if (row.low < row.high)
        pieces += piece("reach", scale.place(row.low), scale.place(row.high) - scale.place(row.low));
    if (row.values.size() > 1)
        for (const double value : row.values) pieces += piece("one", scale.place(value));
    pieces += piece("mean", scale.place(row.mean));
    const std::string colour = "--colour:var(--c" + std::to_string(row.colour % kChartColours) + ")";
    return tag("div", {{"class", "track ranged"}, {"style", colour}, {"role", "img"}, {"aria-label", row.description}},
               pieces);
}

}  // namespace normlab
