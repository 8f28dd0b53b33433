// Lists of words in a sentence.
#pragma once

#include <string>
#include <vector>

namespace normlab {

std::string some_of(const std::vector<std::string>& words, std::size_t most);  // a, b, c and 5 more

}  // namespace normlab
