// What a config does to a model before it learns: the weights to start from, and what is frozen.
#pragma once

#include <functional>

#include "framework/module.h"
#include "lab/config/config.h"

namespace normlab {

// Puts the weights of init.weights into the model. What does not fit is an Error that names it, except what
// init.partial names: that keeps its initial numbers and is reported to `tell`.
void start_from_weights(Module& model, const InitConfig& init, const std::function<void(const std::string&)>& tell);

void freeze_norms(Module& model);

}  // namespace normlab
