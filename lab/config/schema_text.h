// JSON as a person would lay it out.
#pragma once

#include "framework/support/json_reader.h"

namespace normlab {

// Whatever fits is on one line; in anything longer each entry has its own.
std::string laid_out(const Json& json);

}  // namespace normlab
