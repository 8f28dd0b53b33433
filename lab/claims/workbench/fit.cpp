#include "lab/claims/workbench/fit.h"

#include <cstddef>

namespace normlab {

Line line_through(const std::vector<double>& x, const std::vector<double>& y) {
    const double count = static_cast<double>(x.size());
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0, yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) mean_x += x[i] / count, mean_y += y[i] / count;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double dx = x[i] - mean_x, dy = y[i] - mean_y;
        xx += dx * dx, xy += dx * dy, yy += dy * dy;
    }
    return {xy / xx, mean_y - xy / xx * mean_x, xy * xy / (xx * yy)};
}

}  // namespace normlab
