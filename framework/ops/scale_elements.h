// y[n,...] = x[n,...]·weight + bias with one weight for each element of an image: LayerNorm's affine.
#pragma once

#include "framework/tape.h"

namespace normlab {

// weight and bias have the shape of one image, (C,H,W) or (C); an empty Var means no bias.
Var scale_elements(const Var& x, const Var& weight, const Var& bias);

}  // namespace normlab
