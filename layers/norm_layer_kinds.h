// The norms that are layers with options of their own, in PyTorch's words, beside those of a model's "norm".
#pragma once

#include "layers/layer_kinds.h"

namespace normlab {

LayerKind group_norm_kind();
LayerKind layer_norm_kind();
LayerKind instance_norm2d_kind();
LayerKind rms_norm_kind();

}  // namespace normlab
