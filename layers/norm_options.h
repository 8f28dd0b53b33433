// A Norm in JSON: "batch", or {"type": "batch", "momentum": 0.01, …}, under PyTorch's names or Keras's.
#pragma once

#include "framework/support/json_reader.h"
#include "layers/norm.h"

namespace normlab {

Norm parse_norm(const Json& norm, const std::string& path);
Json to_json(const Norm& norm);  // with all options that its type has
Json norm_schema();
bool norm_has_option(const std::string& type, const std::string& key);

}  // namespace normlab
