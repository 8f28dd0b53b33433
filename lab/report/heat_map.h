// A matrix as a picture: a table with numbers in it, or, where there are many rows, one picture whose numbers show
// under the pointer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/report/html.h"

namespace normlab {

struct HeatCell {
    enum class Tone { good, bad };
    Tone tone = Tone::good;
    double strength = 0;  // 0 to 1
    std::string text;     // in the cell
    std::string hint;     // in full, for the pointer
};

struct HeatMap {
    std::string row_title, column_title;  // "true class", "taken for"
    std::vector<std::string> rows, columns;
    std::vector<HeatCell> cells;  // row by row
};
inline constexpr std::size_t kHeatTableUpTo = 20;  // rows and columns that still leave room for numbers

Html to_html(const HeatMap& map);
Html picture(const HeatMap& map);  // always one picture

}  // namespace normlab
