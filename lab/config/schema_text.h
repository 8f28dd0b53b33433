// JSON as a person would lay it out.
#pragma once

#include "framework/support/json_reader.h"

namespace normlab {

// Whatever fits stands on one line; of anything longer each entry has its own.
std::string laid_out(const Json& json);

}  // namespace normlab
