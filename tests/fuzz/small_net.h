// Reading a config builds its net, which may be large: that takes time and is no defect.
#pragma once

#include <algorithm>

#include "framework/support/json_reader.h"

namespace normlab::fuzz {

// Whether no number in it, read as the size of something, makes a large net: each is below 10, or beyond any memory.
inline bool is_small(const Json& json) {
    if (json.is_structured()) return std::ranges::all_of(json, is_small);
    if (!json.is_number_integer()) return true;
    return json < 10 || json > Index{1} << 40;
}

}  // namespace normlab::fuzz
