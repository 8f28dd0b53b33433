// Rules that options of optimizers and schedules share.
#pragma once

#include <cmath>

#include "framework/support/error.h"

namespace normlab {

inline void require_not_negative(std::string_view where, const char* option, double value) {
    require(std::isfinite(value) && value >= 0, where, option, " must be a number of at least 0, got ", value);
}

inline void require_positive(std::string_view where, const char* option, double value) {
    require(std::isfinite(value) && value > 0, where, option, " must be a number above 0, got ", value);
}

}  // namespace normlab
