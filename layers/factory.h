// Models from the "model" section of a config:
//   {"arch": "resnet20", "norm": "group"}
//   {"layers": [{"type": "conv2d", "out": 32, "padding": 1}, {"type": "norm"}, {"type": "relu"}, …], "norm": "batch"}
// Options have PyTorch's names and defaults; input sizes are inferred. A mistake is a ConfigError with its path.
#pragma once

#include <memory>

#include "layers/norm_options.h"

namespace normlab {

// `image` is (C,H,W). `path` is where the section is in the config.
std::unique_ptr<Module> make_model(const Json& model, const Shape& image, Index classes,
                                   const std::string& path = "model");

// The schema of the section, and the definitions that it refers to as "#/$defs/…".
Json model_schema();
Json model_definitions();

bool layer_has_option(const std::string& type, const std::string& key);  // of "layers"

}  // namespace normlab
