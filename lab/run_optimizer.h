// The optimizer that a config describes.
#pragma once

#include <memory>

#include "lab/config.h"
#include "optim/optimizer.h"

namespace normlab {

std::unique_ptr<Optimizer> make_optimizer(const OptimConfig& config, Module& model);

}  // namespace normlab
