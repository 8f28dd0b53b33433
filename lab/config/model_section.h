// Changes to the "model" section of a config that follow from a change of the model itself.
#pragma once

#include <string>

#include "framework/support/json_reader.h"

namespace normlab {

// The norm of this name is removed; the convolution or linear layer of that name has a bias and plain weights.
void write_as_folded(Json& model, const std::string& weighted, const std::string& norm);

// Whether batch norms learn and update their running statistics.
void write_trainable(Json& model, bool trainable);

}  // namespace normlab
