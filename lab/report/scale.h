// From numbers to places along an axis, and the round numbers that label it.
#pragma once

#include <string>
#include <vector>

namespace normlab {

struct Tick {
    double value;
    std::string text;
};

struct Scale {
    double low = 0, high = 1;
    bool logarithmic = false;
    std::vector<Tick> ticks;
    double place(double value) const;  // 0 at low, 1 at high
};

struct Range {
    double low, high;
};

// About `wanted` ticks, 1, 2 or 5 times a power of ten apart; `whole`: whole numbers only.
struct TickOptions {
    int wanted = 5;
    bool whole = false;
};
Scale exact_scale(Range range, const TickOptions& options = {});  // from the range's first number to its last
Scale round_scale(Range range, const TickOptions& options = {});  // widened so that it begins and ends at ticks
Scale logarithmic_scale(Range range);  // likewise; in a long range only powers of ten get a tick
// From the least to the largest of at least two values in order, with a tick at each that has room after the one
// before.
Scale scale_at(const std::vector<double>& values, bool logarithmic);

// 0.03214, 1,234, 2.5e-06: no more characters than needed.
std::string significant(double value, int digits = 4);

}  // namespace normlab
