#include "framework/support/words.h"

#include <algorithm>

namespace normlab {

std::string some_of(const std::vector<std::string>& words, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < std::min(most, words.size()); ++i) text += (i == 0 ? "" : ", ") + words[i];
    return words.size() > most ? text + " and " + std::to_string(words.size() - most) + " more" : text;
}

}  // namespace normlab
