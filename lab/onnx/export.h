// A model as an ONNX file, for other runtimes. It takes pixels as they come, 0 to 255 in the order N,C,H,W, and gives
// logits: what the model's training did to pixels is its first two nodes, so it is neither forgotten nor done twice.
// The classes' names are in the metadata as a JSON list, "classes".
#pragma once

#include <string>

#include "lab/model/model_file.h"

namespace normlab::onnx {

// As the model computes in eval mode.
std::string to_onnx(const Model& model);

}  // namespace normlab::onnx
