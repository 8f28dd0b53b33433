// What a chart on a page and a chart in a file have in common: the drawing, in its own units.
#pragma once

#include "lab/report/chart.h"

namespace normlab {

inline constexpr double kChartWidth = 480, kChartHeight = 250;
inline constexpr double kChartTop = 14, kChartFoot = kChartHeight - 40;  // of the axes

Html drawing_of(const Chart& chart);
Html key_path(const Series& series);  // what stands for it in the legend, in 22 x 8 units

std::vector<std::size_t> drawn_points(const Series& series, const Chart& chart);  // the others are its gaps
std::string text_of(double value, const Axis& axis);
std::string coordinate(double value);  // with one digit at most behind the point

}  // namespace normlab
