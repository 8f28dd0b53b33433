// PGM and PPM files (netpbm.sourceforge.net/doc/pgm.html) with binary samples, of 1 to 16 bits.
#pragma once

#include <string_view>

#include "datasets/resize.h"

namespace normlab {

bool is_pnm(std::string_view file);

// With the channels that the file has, its samples scaled to 0 to 255; an Error says what is wrong with the file.
Image read_pnm(std::string_view file);

}  // namespace normlab
