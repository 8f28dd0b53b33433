// The optimizer that a config describes.
#pragma once

#include <memory>

#include "lab/config/config.h"
#include "optim/optimizer.h"

namespace normlab {

// Which parameters learn how fast. A pattern of optim.groups that picks none is a ConfigError.
ParameterGroups parameter_groups(const OptimConfig& config, Module& model);

std::unique_ptr<Optimizer> make_optimizer(const OptimConfig& config, Module& model);

}  // namespace normlab
