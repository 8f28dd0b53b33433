// PNG, so that a page can hold its pictures.
#pragma once

#include <string>
#include <string_view>

#include "datasets/resize.h"

namespace normlab {

std::string encode_png(const Image& image);  // grey or colour (1 or 3 channels), with opacity (2 or 4)

std::string base64(std::string_view bytes);
std::string data_uri(const Image& image);  // "data:image/png;base64,…", what an <img> takes as its source

}  // namespace normlab
