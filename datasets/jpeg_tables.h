// What stb_image before 2.28 does not check in a JPEG file: a damaged one could make it write past its tables.
#pragma once

#include <string_view>

namespace normlab {

// An Error if the file is a JPEG that defines a Huffman table of more codes than any image needs; of other files
// nothing is checked.
void check_huffman_tables(std::string_view file);

}  // namespace normlab
