// Sets of images as experiments pick them apart.
#pragma once

#include <span>

#include "lab/claims/workbench/workbench.h"

namespace normlab {

// All images as one batch, in the set's order.
Batch whole(const ImageSet& set, const PixelScale& scale);
// The images of a tensor (N,C,H,W) at these places, in this order.
Tensor picked(const Tensor& images, std::span<const Index> places);

}  // namespace normlab
