// Curves in SVG: axes with round numbers, a grid, a legend that shows the values under the pointer (the last ones where
// there is no pointer), bands of uncertainty, marked places and levels. The page's script moves the pointer's line; the
// chart also shows without it, and as a file of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lab/report/html.h"

namespace normlab {

struct Series {
    enum class Style {
        line,
        dashed,
        points,  // not joined
        bars,    // each from 0 to its value, as wide as its neighbours leave room; where bars overlap both show
    };
    std::string name;
    std::vector<double> x, y;       // what is not finite leaves a gap
    std::vector<double> low, high;  // a band around y (an upright line at each of points), or empty
    int colour = 0;                 // one of kChartColours, counted around
    Style style = Style::line;
};
inline constexpr int kChartColours = 8;

struct Axis {
    std::string title;                        // "epoch"
    bool whole = false;                       // whole numbers only
    bool logarithmic = false;                 // what is not positive leaves a gap as well
    std::vector<double> stops;                // the only numbers there are, in order: they become the ticks
    std::vector<std::string> names = {};      // of the places 0, 1, 2, …: they stand there instead of numbers
    std::optional<double> from, to;           // that the axis must reach
    std::function<std::string(double)> text;  // a value as the reader sees it; by default four digits
};

struct Mark {
    double x;
    std::string text;
};

// A height to compare with: a line, or a band from `low` to `high`.
struct Level {
    double low, high;  // the same for a line
    std::string text;
};

// The chart's own words, in the language of its page.
struct ChartWords {
    std::string logarithmic = "logarithmic", none = "none", no_values = "no values", over = "over", at = "at";
};

struct Chart {
    std::string title, unit;  // "Accuracy", "%"
    Axis x, y;
    std::vector<Series> series;
    std::vector<Mark> marks;
    std::string group;  // the pointer's line moves in all charts of a group together
    std::vector<Level> levels = {};
    ChartWords words = {};
};

Html to_html(const Chart& chart);
Html swatch(const Series& series);                      // what stands for it in the legend
bool spans_decades(const std::vector<Series>& series);  // so that a linear axis would hide the least values
std::string svg_file(const Chart& chart);               // with its title and its legend

}  // namespace normlab
