// Sets of images as experiments pick them apart.
#pragma once

#include <span>
#include <vector>

#include "datasets/corrupt.h"
#include "lab/claims/workbench/workbench.h"

namespace normlab {

// All images as one batch, in the set's order.
Batch whole(const ImageSet& set, const PixelScale& scale);
// The same images corrupted; what is drawn follows from the seed.
ImageSet corrupted(ImageSet set, const std::vector<Corruption>& corruptions, std::uint64_t seed = 1);
// The images of a tensor (N,C,H,W) at these places, in this order.
Tensor picked(const Tensor& images, std::span<const Index> places);

}  // namespace normlab
