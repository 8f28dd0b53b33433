// Your own data set: image files of any size and kind, a folder for each class.
//   DIR/train/CLASS/...   DIR/test/CLASS/...    that is the split. Where there is a DIR/val, too, it has the validation
//                                               images; where it stands in for DIR/test, it is the test set. It may be
//                                               called valid or validation
//   DIR/CLASS/...                               a fifth of each class, but at least one image, is for testing, chosen
//                                               by a hash of CLASS/FILE
// The classes are the folders' names in alphabetical order. Hidden files and those that are no image that can be read
// are passed over, and counted in a note; a damaged image is an error.
#pragma once

#include <filesystem>

#include "datasets/image_set.h"
#include "datasets/resize.h"

namespace normlab {

// `image` is (C,H,W): 1 channel for grey, 3 for colour, and the size that every image is scaled to (see resize.h).
// The images of a DIR/val beside a DIR/test are read if they are wanted.
Split load_folder(const std::filesystem::path& dir, const Shape& image, Fit fit = Fit::crop,
                  bool validation_wanted = true);

}  // namespace normlab
