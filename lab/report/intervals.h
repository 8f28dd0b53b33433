// Means with their intervals, one below the other on one scale, to show at a glance which overlap.
//   group   ─────●────        97.31 % ± 0.42
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lab/report/html.h"

namespace normlab {

struct IntervalRow {
    std::string name;
    std::vector<double> values;  // each is marked; a row without any says so
    double mean = 0;
    std::optional<double> margin;  // of the interval, either way
    int colour = 0;                // as in a chart
    std::string text;              // to the right, in words
};

struct Intervals {
    std::string unit;                       // "%"
    std::optional<double> lowest, highest;  // that values can have: an interval is cut off there
    std::vector<IntervalRow> rows;
};

Html to_html(const Intervals& intervals);

// One mean on a scale of its own, with the range that is accepted shaded:   ▒▒▒▒▒▒▒▒▒▒  ──●──
struct IntervalOnRange {
    std::vector<double> values;  // each is marked
    double mean, low, high;      // what is not finite lies at the end of the scale
    std::optional<double> accepted_low, accepted_high;
    bool logarithmic = false;
    int colour = 0;
    std::string description;  // for those who cannot see it
};
Html to_html(const IntervalOnRange& row);

}  // namespace normlab
