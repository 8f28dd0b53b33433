#include "lab/report/chart_drawing.h"

#include <algorithm>
#include <cmath>

#include "lab/report/scale.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr double kRight = 16;
constexpr double kLetter = 7.6, kLeast = 52;  // the width of one at the vertical axis, and of what is left for them all
constexpr std::size_t kDotsUpTo = 16;         // with more points the curve is enough

bool can_be_drawn(double value, const Axis& axis) {
    return std::isfinite(value) && !(axis.logarithmic && value <= 0);
}

class Reach {
  public:
    explicit Reach(const Axis& axis) : axis_(axis) {
        for (const auto& bound : {axis.from, axis.to})
            if (bound) take(*bound);
    }
    void take(double value) {
        if (!can_be_drawn(value, axis_)) return;
        range_ = {std::min(range_.low, value), std::max(range_.high, value)};
    }
    void take(const std::vector<double>& values) {
        for (const double value : values) take(value);
    }
    Range range() const { return range_.low <= range_.high ? range_ : Range{1, 1}; }

  private:
    const Axis& axis_;
    Range range_{INFINITY, -INFINITY};  // of nothing
};

// Half the least distance of neighbours, so that bars touch.
double half_width(const Series& series) {
    double least = INFINITY;
    for (std::size_t i = 1; i < series.x.size(); ++i)
        if (const double step = std::abs(series.x[i] - series.x[i - 1]); step > 0) least = std::min(least, step);
    return std::isfinite(least) ? least / 2 : 0.5;
}

// Each name in the middle of its part.
Scale named_scale(const std::vector<std::string>& names) {
    Scale scale{-0.5, static_cast<double>(names.size()) - 0.5, false, {}};
    for (std::size_t place = 0; place < names.size(); ++place)
        scale.ticks.push_back({static_cast<double>(place), names[place]});
    return scale;
}

Scale x_scale(const Chart& chart) {
    Reach reach(chart.x);
    for (const Series& series : chart.series) {
        const double beside = series.style == Series::Style::bars ? half_width(series) : 0;
        for (const std::size_t i : drawn_points(series, chart))
            reach.take(series.x[i] - beside), reach.take(series.x[i] + beside);
    }
    if (!chart.x.names.empty()) return named_scale(chart.x.names);
    if (!chart.x.stops.empty() && chart.x.stops.front() < chart.x.stops.back())
        return scale_at(chart.x.stops, chart.x.logarithmic);
    if (chart.x.logarithmic) return logarithmic_scale(reach.range());
    return exact_scale(reach.range(), {.wanted = 6, .whole = chart.x.whole});
}

Scale y_scale(const Chart& chart) {
    Reach reach(chart.y);
    for (const Series& series : chart.series) {
        for (const std::size_t i : drawn_points(series, chart)) reach.take(series.y[i]);
        reach.take(series.low), reach.take(series.high);
        if (series.style == Series::Style::bars) reach.take(0);
    }
    for (const Level& level : chart.levels) reach.take(level.low), reach.take(level.high);
    if (chart.y.logarithmic) return logarithmic_scale(reach.range());
    return round_scale(reach.range(), {.whole = chart.y.whole});
}

// Where the numbers lie in the drawing.
struct Plot {
    explicit Plot(const Chart& chart) : x(x_scale(chart)), y(y_scale(chart)) {
        std::size_t letters = 1;
        for (const Tick& tick : y.ticks) letters = std::max(letters, display_width(tick.text));
        left = std::max(kLeast, 14 + kLetter * static_cast<double>(letters));
    }
    double across(double value) const { return left + x.place(value) * (kChartWidth - kRight - left); }
    double down(double value) const { return bottom() - y.place(value) * (bottom() - kChartTop); }
    static double bottom() { return kChartFoot; }
    // A step of a path to that point: "L12.5 30".
    std::string step(char kind, double x_value, double y_value) const {
        return kind + coordinate(across(x_value)) + " " + coordinate(down(y_value));
    }

    Scale x, y;
    double left;
};

Html line(double x1, double y1, double x2, double y2, const std::string& kind) {
    return tag("line", {{"class", kind},
                        {"x1", coordinate(x1)},
                        {"y1", coordinate(y1)},
                        {"x2", coordinate(x2)},
                        {"y2", coordinate(y2)}});
}

Html label(double x, double y, const std::string& anchor, const std::string& text) {
    return tag("text", {{"x", coordinate(x)}, {"y", coordinate(y)}, {"text-anchor", anchor}}, text);
}

Html axes(const Chart& chart, const Plot& plot) {
    Html html;
    for (const Tick& tick : plot.y.ticks) {
        const double y = plot.down(tick.value);
        html += line(plot.left, y, kChartWidth - kRight, y, "grid") + label(plot.left - 8, y + 4.5, "end", tick.text);
    }
    for (const Tick& tick : plot.x.ticks) {
        const double x = plot.across(tick.value);
        html +=
            line(x, plot.bottom(), x, plot.bottom() + 5, "axis") + label(x, plot.bottom() + 20, "middle", tick.text);
    }
    html += line(plot.left, plot.bottom(), kChartWidth - kRight, plot.bottom(), "axis");
    return html + label((plot.left + kChartWidth - kRight) / 2, kChartHeight - 4, "middle", chart.x.title);
}

// "curve c2": what it is, and its colour.
std::string classes(std::string kind, const Series& series) {
    return kind.append(" c").append(std::to_string(series.colour % kChartColours));
}
std::string curve_class(const Series& series) {
    switch (series.style) {
        case Series::Style::line: break;
        case Series::Style::dashed: return classes("curve", series) + " dashed";
        case Series::Style::points:
        case Series::Style::bars: return classes("curve", series) + " bare";
    }
    return classes("curve", series);
}

// Of points that are not joined each has its own, as an upright line.
Html whiskers(const Series& series, const Plot& plot, const Chart& chart) {
    std::string lines;
    for (std::size_t i = 0; i < std::min(series.low.size(), series.high.size()); ++i)
        if (can_be_drawn(series.x[i], chart.x) && can_be_drawn(series.low[i], chart.y) &&
            can_be_drawn(series.high[i], chart.y))
            lines += plot.step('M', series.x[i], series.low[i]) + plot.step('L', series.x[i], series.high[i]);
    return lines.empty() ? Html() : tag("path", {{"class", classes("whiskers", series)}, {"d", lines}});
}

Html band(const Series& series, const Plot& plot, const Chart& chart) {
    if (series.style == Series::Style::points) return whiskers(series, plot, chart);
    std::string outline;
    const auto add = [&](double x, double y) {
        if (can_be_drawn(x, chart.x) && can_be_drawn(y, chart.y))
            outline += plot.step(outline.empty() ? 'M' : 'L', x, y);
    };
    for (std::size_t i = 0; i < series.high.size(); ++i) add(series.x[i], series.high[i]);
    for (std::size_t i = series.low.size(); i-- > 0;) add(series.x[i], series.low[i]);
    return outline.empty() ? Html() : tag("path", {{"class", classes("band", series)}, {"d", outline + "Z"}});
}

// All bars of a series as one outline above the axis.
Html bars(const Series& series, const Plot& plot, const Chart& chart) {
    if (series.style != Series::Style::bars) return {};
    const double base = plot.y.logarithmic ? plot.y.low : 0, beside = half_width(series);
    std::string outline;
    for (const std::size_t i : drawn_points(series, chart)) {
        if (series.y[i] == base) continue;
        const double left = series.x[i] - beside, right = series.x[i] + beside;
        outline += plot.step('M', left, base) + plot.step('L', left, series.y[i]) + plot.step('L', right, series.y[i]) +
                   plot.step('L', right, base) + "Z";
    }
    return outline.empty() ? Html() : tag("path", {{"class", classes("columns", series)}, {"d", outline}});
}

// The curve carries what the pointer shows: for each of its points the two numbers as texts.
Html curve(const Series& series, const Plot& plot, const Chart& chart) {
    const std::vector<std::size_t> points = drawn_points(series, chart);
    if (points.empty()) return {};
    std::string path, dots, xs, ys;
    for (std::size_t p = 0; p < points.size(); ++p) {
        const std::size_t i = points[p];
        const bool follows = p > 0 && points[p - 1] + 1 == i;
        path += plot.step(follows ? 'L' : 'M', series.x[i], series.y[i]);
        dots += plot.step('M', series.x[i], series.y[i]) + "h0";
        xs += text_of(series.x[i], chart.x) + "|";
        ys += text_of(series.y[i], chart.y) + "|";
    }
    xs.pop_back(), ys.pop_back();
    Html html = tag("path", {{"class", curve_class(series)}, {"d", path}, {"data-x", xs}, {"data-y", ys}});
    const bool dotted =
        series.style == Series::Style::points || (points.size() <= kDotsUpTo && series.style != Series::Style::bars);
    if (dotted) html += tag("path", {{"class", classes("dots", series)}, {"d", dots}});
    return html;
}

// A mark's text stands where the first curve leaves room: above it or below.
Html mark(const Mark& mark, const Plot& plot, const Chart& chart) {
    if (!can_be_drawn(mark.x, chart.x) || mark.x < plot.x.low || mark.x > plot.x.high) return {};
    const double x = plot.across(mark.x);
    bool curve_is_high = false;
    if (!chart.series.empty())
        for (const std::size_t i : drawn_points(chart.series[0], chart))
            if (chart.series[0].x[i] <= mark.x) curve_is_high = plot.y.place(chart.series[0].y[i]) > 0.5;
    const bool to_the_left = x > kChartWidth / 2;
    return tag("g", {{"class", "mark"}},
               line(x, kChartTop, x, plot.bottom(), "place") + label(x + (to_the_left ? -6 : 6),
                                                                     curve_is_high ? plot.bottom() - 9 : kChartTop + 11,
                                                                     to_the_left ? "end" : "start", mark.text));
}

// From above: a text stands above its line, or below it where the line above is near.
Html levels(const Chart& chart, const Plot& plot) {
    std::vector<Level> sorted;
    for (const Level& level : chart.levels)
        if (can_be_drawn(level.low, chart.y) && can_be_drawn(level.high, chart.y)) sorted.push_back(level);
    std::ranges::sort(sorted, std::greater{}, &Level::high);
    const double right = kChartWidth - kRight;
    Html html;
    double taken = kChartTop - 8;  // down to where there are texts
    for (const Level& level : sorted) {
        const double top = plot.down(level.high), bottom = plot.down(level.low);
        if (level.low < level.high)
            html += tag("rect", {{"class", "zone"},
                                 {"x", coordinate(plot.left)},
                                 {"y", coordinate(top)},
                                 {"width", coordinate(right - plot.left)},
                                 {"height", coordinate(bottom - top)}});
        else
            html += line(plot.left, top, right, top, "level");
        const bool room_above = top - 16 >= taken;
        const double baseline = room_above ? top - 5 : std::max(bottom + 14, taken + 13);
        html += label(right - 4, baseline, "end", level.text);
        taken = baseline + 2;
    }
    return tag("g", {{"class", "levels"}}, html);
}

}  // namespace

std::string coordinate(double value) {
    std::string text = fixed(value, 1);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text == "-0" ? "0" : text;
}

std::string text_of(double value, const Axis& axis) {
    return axis.text ? axis.text(value) : significant(value);
}

std::vector<std::size_t> drawn_points(const Series& series, const Chart& chart) {
    std::vector<std::size_t> points;
    for (std::size_t i = 0; i < series.x.size(); ++i)
        if (can_be_drawn(series.x[i], chart.x) && can_be_drawn(series.y[i], chart.y)) points.push_back(i);
    return points;
}

Html key_path(const Series& series) {
    switch (series.style) {
        case Series::Style::points: return tag("path", {{"class", classes("dots", series)}, {"d", "M11 4h0"}});
        case Series::Style::bars: return tag("path", {{"class", classes("columns", series)}, {"d", "M3 0H19V8H3Z"}});
        case Series::Style::line:
        case Series::Style::dashed: break;
    }
    return tag("path", {{"class", curve_class(series)}, {"d", "M1 4H21"}});
}

Html drawing_of(const Chart& chart) {
    const Plot plot(chart);
    Html drawing = axes(chart, plot);
    for (const Series& series : chart.series) drawing += band(series, plot, chart) + bars(series, plot, chart);
    for (const Mark& each : chart.marks) drawing += mark(each, plot, chart);
    if (!chart.levels.empty()) drawing += levels(chart, plot);
    for (const Series& series : chart.series) drawing += curve(series, plot, chart);
    return drawing;
}

}  // namespace normlab
