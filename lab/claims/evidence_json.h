// Evidence as JSON and back. Numbers that are not finite are words: "inf".
#pragma once

#include "framework/support/json_reader.h"
#include "lab/claims/workbench/claim.h"

namespace normlab {

Json to_json(const Words& words);
Json to_json(const Check& check);
Json to_json(const Picture& picture);

// Throw what nlohmann::json throws where a key is absent or of another type.
Words words_from(const Json& json);
Check check_from(const Json& json);
Picture picture_from(const Json& json);

}  // namespace normlab
