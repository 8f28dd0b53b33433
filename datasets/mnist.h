// MNIST (LeCun, Cortes and Burges 1998) and Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 28x28 grey images in ten
// classes, in four files, plain or with ".gz":
//   DIR/train-images-idx3-ubyte   DIR/train-labels-idx1-ubyte   DIR/t10k-images-idx3-ubyte   DIR/t10k-labels-idx1-ubyte
// The format, IDX, is a magic number (00 00, 08 for bytes, the number of axes), each axis's size as four bytes with the
// highest first, and then the bytes themselves. Any number of images is accepted.
#pragma once

#include <filesystem>

#include "datasets/image_set.h"

namespace normlab {

Split load_mnist(const std::filesystem::path& dir);
Split load_fashion_mnist(const std::filesystem::path& dir);

}  // namespace normlab
