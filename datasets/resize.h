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

// What becomes of an image of other proportions: with `crop` the largest piece of its middle that has the new ones, and
// nothing is distorted; with `stretch` the whole. Each new pixel is the mean of the old ones around it with weights
// that fall off linearly, over as many pixels as one new pixel covers: bilinear, without aliasing where the image
// shrinks.
enum class Fit { crop, stretch };
Image fitted(const Image& image, Index height, Index width, Fit fit = Fit::crop);

}  // namespace normlab
