#include "lab/verbs/help.h"

#include <algorithm>

#include "lab/text/table.h"

namespace normlab {
namespace {

// The explanations begin below each other.
std::string listed(const std::vector<Help::Entry>& entries) {
    std::size_t width = 0;
    for (const auto& [term, text] : entries) width = std::max(width, display_width(term));
    std::string all;
    for (const auto& [term, text] : entries) {
        std::string left = term;
        for (const std::string& line : wrapped(text, kLineWidth - 2 - width - 2)) {
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
