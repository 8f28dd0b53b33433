// Curves in SVG: axes with round numbers, a grid, a legend that shows the values under the pointer (the last ones where
// there is no pointer), bands of uncertainty, marked places. The page's script moves the pointer's line; the chart also
// shows without it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lab/report/html.h"

namespace normlab {

struct Series {
    std::string name;
    std::vector<double> x, y;       // what is not finite leaves a gap
    std::vector<double> low, high;  // a band around y, or empty
    int colour = 0;                 // one of kChartColours, counted around
    bool dashed = false;
};
inline constexpr int kChartColours = 8;

struct Axis {
    std::string title;                        // "epoch"
    bool whole = false;                       // whole numbers only
    bool logarithmic = false;                 // what is not positive leaves a gap as well
    std::vector<double> stops;                // the only numbers there are, in order: they become the ticks
    std::optional<double> from, to;           // that the axis must reach
    std::function<std::string(double)> text;  // a value as the reader sees it; by default four digits
};

struct Mark {
    double x;
    std::string text;
};

struct Chart {
    std::string title, unit;  // "Accuracy", "%"
    Axis x, y;
    std::vector<Series> series;
    std::vector<Mark> marks;
    std::string group;  // the pointer's line moves in all charts of a group together
};

Html to_html(const Chart& chart);

}  // namespace normlab
