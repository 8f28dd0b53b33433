// A matrix as a picture: a table with numbers in it, or, where there are many rows, one picture whose numbers show
// under the pointer; or a drawing, to stand in a row of them or in a file.
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
inline constexpr double kDarkFrom = 0.55;          // from this strength on, text on a cell is white

Html to_html(const HeatMap& map);
Html picture(const HeatMap& map);  // always one picture
// Likewise, with the rows' names and some of the columns' beside it, and what the palest and the strongest colour mean.
Html labelled_picture(const HeatMap& map, const std::string& pale, const std::string& strong);

// A number whose sign is its tone, and whose size, compared to the largest, its strength.
HeatCell diverging(double value, double largest);

// A small matrix as a drawing: `title`, the axes' titles, the rows and columns, each cell with its hint.
struct HeatDrawing {
    std::string title;
    HeatMap map;
};
Html to_html(const HeatDrawing& drawing);
std::string svg_file(const HeatDrawing& drawing);

}  // namespace normlab
