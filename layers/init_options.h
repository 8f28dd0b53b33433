// An Init in JSON: "kaiming_normal", {"type": "kaiming_normal", "gain": 0.5}, {"type": "normal", "std": 0.01}.
#pragma once

#include "framework/support/fields.h"
#include "layers/init.h"

namespace normlab {

FieldValue init_field(Init& field);

}  // namespace normlab
