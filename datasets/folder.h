// Your own data set: image files of any size and kind, a folder for each class.
//   DIR/train/CLASS/…   DIR/test/CLASS/…        with both, that is the split
//   DIR/CLASS/…                                 otherwise every fifth image, chosen by a hash of CLASS/FILE, is for
//   testing
// The classes are the folders' names in alphabetical order. Hidden files are passed over; any other file that is not an
// image is an error.
#pragma once

#include <filesystem>

#include "datasets/image_set.h"

namespace normlab {

// `image` is (C,H,W): 1 channel for grey, 3 for colour, and the size that every image is scaled to (see resize.h).
Split load_folder(const std::filesystem::path& dir, const Shape& image);

}  // namespace normlab
