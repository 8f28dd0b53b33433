// Straight lines through points.
#pragma once

#include <vector>

namespace normlab {

// y ≈ slope · x + offset with the least squares, and the share of y's variance that it explains.
struct Line {
    double slope, offset, explained;
};
Line line_through(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace normlab
