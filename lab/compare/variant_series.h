// How a variant looks: the same in every chart of a comparison.
#pragma once

#include "lab/compare/results.h"
#include "lab/report/chart.h"
#include "lab/text/table.h"

namespace normlab {

// When the colours run out, curves are dashed.
inline Series series_of(const Results& results, std::size_t variant) {
    return {.name = results.variants[variant],
            .colour = static_cast<int>(variant),
            .style = variant >= static_cast<std::size_t>(kChartColours) ? Series::Style::dashed : Series::Style::line};
}

inline Axis accuracy_axis() {
    return {.text = [](double value) { return percent(value / 100); }};
}

// An axis of these numbers, which are in order; logarithmic if they span more than a factor of 8.
inline Axis axis_of_numbers(const std::string& title, const std::vector<double>& numbers) {
    return {
        .title = title, .logarithmic = numbers.front() > 0 && numbers.back() >= 8 * numbers.front(), .stops = numbers};
}

}  // namespace normlab
