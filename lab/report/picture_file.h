// A drawing as an SVG file of its own, its style inside: light or dark as the reader's screen.
#pragma once

#include <string>
#include <vector>

#include "lab/report/html.h"

namespace normlab {

struct PictureFile {
    struct Key {
        Html path;  // in 22 x 8 units
        std::string text;
    };
    std::string title, unit;
    std::vector<Key> legend;
    double width, height;  // of the drawing
    Html drawing;
};
std::string to_svg(const PictureFile& picture);

}  // namespace normlab
