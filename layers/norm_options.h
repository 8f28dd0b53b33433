// A Norm in JSON: "batch", or {"type": "batch", "momentum": 0.01, …}, under PyTorch's names or Keras's.
#pragma once

#include "framework/support/json_reader.h"
#include "layers/norm.h"

namespace normlab {

// The options of a norm of that type. Those that it does not know are not asked for.
Norm norm_options(JsonReader& options, NormType type);

Norm parse_norm(const Json& norm, const std::string& path);
Json to_json(const Norm& norm);  // with all options that its type has

}  // namespace normlab
