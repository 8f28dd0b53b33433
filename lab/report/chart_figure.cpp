#include "lab/report/chart.h"

#include <algorithm>
#include <cmath>

#include "lab/report/chart_drawing.h"
#include "lab/report/picture_file.h"

namespace normlab {
namespace {

// Of bars the last has no more to say than the others.
bool has_last(const Series& series) {
    return series.style != Series::Style::bars;
}

std::string last_value(const Series& series, const Chart& chart) {
    if (!has_last(series)) return "";
    const auto points = drawn_points(series, chart);
    return points.empty() ? chart.words.none : text_of(series.y[points.back()], chart.y);
}

Html legend(const Chart& chart) {
    Html keys;
    for (const Series& series : chart.series) {
        if (drawn_points(series, chart).empty()) continue;
        keys += tag("span", {{"class", "key"}},
                    swatch(series) + series.name + " " + tag("output", {}, last_value(series, chart)));
    }
    return tag("p", {{"class", "legend"}}, keys);
}

std::string last_place(const Chart& chart) {
    if (!chart.series.empty() && std::ranges::none_of(chart.series, has_last)) return "";
    std::string text;
    for (const Series& series : chart.series)
        if (const auto points = drawn_points(series, chart); !points.empty() && has_last(series))
            text = text_of(series.x[points.back()], chart.x);
    return text.empty() ? chart.words.no_values : chart.x.title + " " + text;
}

std::string unit_text(const Chart& chart) {
    if (!chart.y.logarithmic) return chart.unit;
    return chart.unit.empty() ? chart.words.logarithmic : chart.unit + ", " + chart.words.logarithmic;
}

std::string description(const Chart& chart) {
    std::string text = chart.title + " " + chart.words.over + " " + chart.x.title + "; " + chart.words.at + " " +
                       last_place(chart) + ":";
    for (const Series& series : chart.series) text += " " + series.name + " " + last_value(series, chart);
    return text;
}

}  // namespace

Html swatch(const Series& series) {
    return tag("svg", {{"viewBox", "0 0 22 8"}, {"class", "swatch"}, {"aria-hidden", "true"}}, key_path(series));
}

bool spans_decades(const std::vector<Series>& series) {
    constexpr double kLogarithmicFrom = 20;  // largest over smallest value
    double low = INFINITY, high = 0;
    for (const Series& each : series)
        for (const double value : each.y)
            if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
    return low > 0 && high > kLogarithmicFrom * low;
}

Html to_html(const Chart& chart) {
    const Html caption = tag("figcaption", {},
                             tag("b", {}, chart.title) + tag("span", {{"class", "unit"}}, unit_text(chart)) +
                                 tag("output", {{"class", "at"}, {"aria-live", "polite"}}, last_place(chart)));
    const Html svg = tag("svg",
                         {{"viewBox", "0 0 " + coordinate(kChartWidth) + " " + coordinate(kChartHeight)},
                          {"class", "plot"},
                          {"tabindex", "0"},
                          {"role", "img"},
                          {"aria-label", description(chart)},
                          {"data-top", coordinate(kChartTop)},
                          {"data-bottom", coordinate(kChartFoot)}},
                         drawing_of(chart));
    return tag("figure", {{"class", "chart"}, {"data-x-title", chart.x.title}, {"data-group", chart.group}},
               caption + legend(chart) + svg);
}

std::string svg_file(const Chart& chart) {
    PictureFile file{.title = chart.title,
                     .unit = unit_text(chart),
                     .width = kChartWidth,
                     .height = kChartHeight,
                     .drawing = drawing_of(chart)};
    for (const Series& series : chart.series)
        if (!drawn_points(series, chart).empty()) file.legend.push_back({key_path(series), series.name});
    return to_svg(file);
}

}  // namespace normlab
