#include "framework/support/shell.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace normlab {
namespace {

std::string quoted(const std::string& word) {
    const auto is_plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string("._-/+=,:@%").find(c) != std::string::npos;
    };
    if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
    std::string result = "'";
    for (const char c : word) result += c == '\'' ? "'\\''" : std::string(1, c);
    return result + "'";
}

}  // namespace

std::string command(const std::vector<std::string>& words) {
    const char* const called = std::getenv("NORMLAB_COMMAND");
    std::string text = quoted(called != nullptr ? called : "normlab");
    for (const std::string& word : words) text += " " + quoted(word);
    return text;
}

}  // namespace normlab
