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

}  // namespace normlab
