// PNG, so that a page can carry its pictures.
#pragma once

#include <string>
#include <string_view>

#include "datasets/resize.h"

namespace normlab {

std::string encode_png(const Image& image);  // grey (1 channel), colour (3), or colour with opacity (4)

std::string base64(std::string_view bytes);
std::string data_uri(const Image& image);  // "data:image/png;base64,…", what an <img> takes as its source

}  // namespace normlab
