// Models from the "model" section of a config:
//   {"arch": "resnet20", "norm": "group"}
//   {"layers": [{"type": "conv2d", "out": 32, "padding": 1}, {"type": "norm"}, {"type": "relu"}, …], "norm": "batch"}
// Options carry PyTorch's names and defaults; input sizes are inferred. What is wrong is a ConfigError with its path.
#pragma once

#include <memory>

#include "layers/norm_options.h"

namespace normlab {

// `image` is (C,H,W). `path` is where the section stands in the config.
std::unique_ptr<Module> make_model(const Json& model, const Shape& image, Index classes,
                                   const std::string& path = "model");

}  // namespace normlab
