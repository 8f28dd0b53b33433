// Where courses say it wrongly or too strongly, and how it is.
#pragma once

#include <span>
#include <string>

#include "lab/claims/workbench/words.h"

namespace normlab {

struct Erratum {
    std::string lesson;  // "003"
    Words text;
};
std::span<const Erratum> errata();

}  // namespace normlab
