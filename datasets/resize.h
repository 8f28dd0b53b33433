// Images of any size, scaled to one.
#pragma once

#include <cstdint>
#include <vector>

#include "framework/support/shape.h"

namespace normlab {

// An image as bytes in the order H,W,C.
struct Image {
    Index height = 0, width = 0, channels = 0;
    std::vector<std::uint8_t> pixels;
};

// The largest piece from the middle of the image with the proportions of (height, width), scaled to that size: nothing
// is distorted. Each new pixel is the mean of the old ones around it with weights that fall off linearly, over as many
// pixels as one new pixel covers: bilinear interpolation where the image grows, without aliasing where it shrinks.
Image resized_and_cropped(const Image& image, Index height, Index width);

}  // namespace normlab
