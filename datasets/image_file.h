// Image files: PNG, JPEG, BMP, GIF (its first picture), TGA, PGM and PPM. Samples of 16 bits, and those of a PGM or PPM
// whose largest value is not 255, are scaled to 0 to 255.
#pragma once

#include <filesystem>
#include <string_view>

#include "datasets/resize.h"

namespace normlab {

// In grey (channels 1) or in colour (3), whatever the file has; transparency is dropped.
Image read_image(const std::filesystem::path& path, Index channels);
// The same from a file's contents; an Error says why they are not an image.
Image decode_image(std::string_view file, Index channels);

// "WebP", "TIFF": what a file is by its first bytes, if that is a kind of image which is not read; else empty.
std::string unread_kind(std::string_view file);
bool begins_as_image(std::string_view file);  // as one of those above

}  // namespace normlab
