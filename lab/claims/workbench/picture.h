// The pictures of an experiment, as numbers: they are kept with the evidence, and a reader can draw them again.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "lab/claims/workbench/words.h"

namespace normlab {

// Numbers over numbers.
struct Plot {
    struct Curve {
        enum class Style { line, dashed, points, bars };
        Words name;
        std::vector<double> x, y;                 // what is not finite leaves a gap
        std::vector<double> low = {}, high = {};  // a band around y, or empty
        int colour = 0;                           // the same number, the same colour in all pictures
        Style style = Style::line;
    };
    struct Line {  // at a height, to compare with
        double y;
        Words text;
    };
    Words title, x, y;  // y: its unit
    bool x_logarithmic = false, y_logarithmic = false;
    std::vector<Curve> curves;
    std::vector<Line> lines = {};
    std::vector<Words> x_names = {};  // of 0, 1, 2, …, if x counts things that have names
};

// A matrix; a number's sign is its colour, its size the strength.
struct Map {
    Words title, row_title, column_title;
    std::vector<std::string> rows, columns;
    std::vector<double> values;  // row by row
};

using Picture = std::variant<Plot, Map>;

// The colours of nets, the same in all pictures.
namespace colours {
inline constexpr int kBatch = 0, kNone = 1, kGroup = 2, kLayer = 3, kInstance = 4, kOther = 5, kTheory = 7;
}

}  // namespace normlab
