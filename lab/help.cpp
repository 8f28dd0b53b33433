#include "lab/help.h"

#include <algorithm>
#include <sstream>

#include "lab/table.h"

namespace normlab {
namespace {

constexpr std::size_t kWidth = 79;

std::vector<std::string> wrapped(const std::string& text, std::size_t columns) {
    std::istringstream words(text);
    std::vector<std::string> lines(1);
    for (std::string word; words >> word;) {
        const bool fits = lines.back().empty() || display_width(lines.back()) + 1 + display_width(word) <= columns;
        if (!fits) lines.emplace_back();
        lines.back() += (lines.back().empty() ? "" : " ") + word;
    }
    return lines;
}

// The explanations begin below each other.
std::string listed(const std::vector<Help::Entry>& entries) {
    std::size_t width = 0;
    for (const auto& [term, text] : entries) width = std::max(width, display_width(term));
    std::string all;
    for (const auto& [term, text] : entries) {
        std::string left = term;
        for (const std::string& line : wrapped(text, kWidth - 2 - width - 2)) {
            all += "  " + padded(left, width + 2) + line + "\n";
            left.clear();
        }
    }
    return all;
}

}  // namespace

std::string Help::text() const {
    std::string all = about + "\n\nusage: " + usage + "\n";
    for (const auto* entries : {&verbs, &words, &options})
        if (!entries->empty()) all += "\n" + listed(*entries);
    return all + "\n" + footer + "\n";
}

}  // namespace normlab
