// Image files: PNG, JPEG, BMP, PGM, PPM, GIF, TGA and whatever else stb_image reads.
#pragma once

#include <filesystem>

#include "datasets/resize.h"

namespace normlab {

// In grey (channels 1) or in colour (3), whatever the file has; transparency is dropped.
Image read_image(const std::filesystem::path& path, Index channels);

}  // namespace normlab
