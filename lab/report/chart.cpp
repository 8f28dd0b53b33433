#include "lab/report/chart.h"

#include <algorithm>
#include <cmath>

#include "lab/report/scale.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

// The drawing in its own units; the page scales it to its column.
constexpr double kWidth = 480, kHeight = 250, kTop = 14, kRight = 16, kBottom = 40;
constexpr double kLetter = 7.6, kLeast = 52;  // the width of one at the vertical axis, and of what is left for them all
constexpr std::size_t kDotsUpTo = 16;         // with more points the curve is enough

std::string coordinate(double value) {
    std::string text = fixed(value, 1);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text == "-0" ? "0" : text;
}

bool can_be_drawn(double value, const Axis& axis) {
    return std::isfinite(value) && !(axis.logarithmic && value <= 0);
}

std::string text_of(double value, const Axis& axis) {
    return axis.text ? axis.text(value) : significant(value);
}

// The points of a series that can be drawn: the others are its gaps.
std::vector<std::size_t> drawn_points(const Series& series, const Chart& chart) {
    std::vector<std::size_t> points;
    for (std::size_t i = 0; i < series.x.size(); ++i)
        if (can_be_drawn(series.x[i], chart.x) && can_be_drawn(series.y[i], chart.y)) points.push_back(i);
    return points;
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

Scale x_scale(const Chart& chart) {
    Reach reach(chart.x);
    for (const Series& series : chart.series)
        for (const std::size_t i : drawn_points(series, chart)) reach.take(series.x[i]);
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
    }
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
    double across(double value) const { return left + x.place(value) * (kWidth - kRight - left); }
    double down(double value) const { return bottom() - y.place(value) * (bottom() - kTop); }
    static double bottom() { return kHeight - kBottom; }
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
        html += line(plot.left, y, kWidth - kRight, y, "grid") + label(plot.left - 8, y + 4.5, "end", tick.text);
    }
    for (const Tick& tick : plot.x.ticks) {
        const double x = plot.across(tick.value);
        html +=
            line(x, plot.bottom(), x, plot.bottom() + 5, "axis") + label(x, plot.bottom() + 20, "middle", tick.text);
    }
    html += line(plot.left, plot.bottom(), kWidth - kRight, plot.bottom(), "axis");
    return html + label((plot.left + kWidth - kRight) / 2, kHeight - 4, "middle", chart.x.title);
}

// "curve c2": what it is, and its colour.
std::string classes(std::string kind, const Series& series) {
    return kind.append(" c").append(std::to_string(series.colour % kChartColours));
}
std::string curve_class(const Series& series) {
    return classes("curve", series) + (series.dashed ? " dashed" : "");
}

Html band(const Series& series, const Plot& plot, const Chart& chart) {
    std::string outline;
    const auto add = [&](double x, double y) {
        if (can_be_drawn(x, chart.x) && can_be_drawn(y, chart.y))
            outline += plot.step(outline.empty() ? 'M' : 'L', x, y);
    };
    for (std::size_t i = 0; i < series.high.size(); ++i) add(series.x[i], series.high[i]);
    for (std::size_t i = series.low.size(); i-- > 0;) add(series.x[i], series.low[i]);
    return outline.empty() ? Html() : tag("path", {{"class", classes("band", series)}, {"d", outline + "Z"}});
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
    if (points.size() <= kDotsUpTo) html += tag("path", {{"class", classes("dots", series)}, {"d", dots}});
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
    const bool to_the_left = x > kWidth / 2;
    return tag("g", {{"class", "mark"}},
               line(x, kTop, x, plot.bottom(), "place") + label(x + (to_the_left ? -6 : 6),
                                                                curve_is_high ? plot.bottom() - 9 : kTop + 11,
                                                                to_the_left ? "end" : "start", mark.text));
}

std::string last_value(const Series& series, const Chart& chart) {
    const auto points = drawn_points(series, chart);
    return points.empty() ? "none" : text_of(series.y[points.back()], chart.y);
}

Html legend(const Chart& chart) {
    Html keys;
    for (const Series& series : chart.series) {
        if (drawn_points(series, chart).empty()) continue;
        const Html swatch = tag("svg", {{"viewBox", "0 0 22 8"}, {"class", "swatch"}, {"aria-hidden", "true"}},
                                tag("path", {{"class", curve_class(series)}, {"d", "M1 4H21"}}));
        keys +=
            tag("span", {{"class", "key"}}, swatch + series.name + " " + tag("output", {}, last_value(series, chart)));
    }
    return tag("p", {{"class", "legend"}}, keys);
}

std::string last_place(const Chart& chart) {
    std::string text;
    for (const Series& series : chart.series)
        if (const auto points = drawn_points(series, chart); !points.empty())
            text = text_of(series.x[points.back()], chart.x);
    return text.empty() ? "no values" : chart.x.title + " " + text;
}

std::string unit_text(const Chart& chart) {
    if (!chart.y.logarithmic) return chart.unit;
    return chart.unit.empty() ? "logarithmic" : chart.unit + ", logarithmic";
}

std::string description(const Chart& chart) {
    std::string text = chart.title + " over " + chart.x.title + "; at " + last_place(chart) + ":";
    for (const Series& series : chart.series) text += " " + series.name + " " + last_value(series, chart);
    return text;
}

}  // namespace

Html to_html(const Chart& chart) {
    const Plot plot(chart);
    Html drawing = axes(chart, plot);
    for (const Series& series : chart.series) drawing += band(series, plot, chart);
    for (const Mark& each : chart.marks) drawing += mark(each, plot, chart);
    for (const Series& series : chart.series) drawing += curve(series, plot, chart);

    const Html caption = tag("figcaption", {},
                             tag("b", {}, chart.title) + tag("span", {{"class", "unit"}}, unit_text(chart)) +
                                 tag("output", {{"class", "at"}, {"aria-live", "polite"}}, last_place(chart)));
    const Html svg = tag("svg",
                         {{"viewBox", "0 0 " + coordinate(kWidth) + " " + coordinate(kHeight)},
                          {"class", "plot"},
                          {"tabindex", "0"},
                          {"role", "img"},
                          {"aria-label", description(chart)},
                          {"data-top", coordinate(kTop)},
                          {"data-bottom", coordinate(plot.bottom())}},
                         drawing);
    return tag("figure", {{"class", "chart"}, {"data-x-title", chart.x.title}, {"data-group", chart.group}},
               caption + legend(chart) + svg);
}

}  // namespace normlab
