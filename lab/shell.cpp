#include "lab/shell.h"

#include <algorithm>
#include <cctype>

namespace normlab {

std::string quoted_for_shell(const std::string& word) {
    const auto is_plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string("._-/+=,:@%").find(c) != std::string::npos;
    };
    if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
}

}  // namespace normlab
