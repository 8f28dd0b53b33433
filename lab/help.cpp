#include "lab/help.h"

#include <algorithm>
#include <sstream>

#include "lab/table.h"

namespace normlab {
namespace {

constexpr std::size_t kWidth = 79;

// What is explained, and how.
using Entry = std::pair<std::string, std::string>;

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
std::string listed(const std::vector<Entry>& entries) {
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

std::string term_of(const CLI::Option& option) {
    std::string term = option.get_name(option.get_positional(), true);
    if (const std::size_t comma = term.find(','); comma != std::string::npos) term.insert(comma + 1, " ");
    if (!option.get_positional() && option.get_type_size() > 0) term += " " + option.get_type_name();
    return term + (option.get_items_expected_max() > 1 ? " ..." : "");
}

}  // namespace

std::string Help::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const {
    std::string usage = "usage: " + name;
    std::vector<Entry> verbs, arguments, options;
    for (const CLI::App* verb : app->get_subcommands([](const CLI::App*) { return true; }))
        verbs.emplace_back(verb->get_name(), verb->get_description());
    for (const CLI::Option* option : app->get_options()) {
        (option->get_positional() ? arguments : options).emplace_back(term_of(*option), option->get_description());
        if (!option->get_positional()) continue;
        usage += option->get_required() ? " " + term_of(*option) : " [" + term_of(*option) + "]";
    }
    std::string text = app->get_description() + "\n\n" + usage + (verbs.empty() ? " [OPTION]..." : " VERB ...") + "\n";
    for (const auto& entries : {verbs, arguments, options})
        if (!entries.empty()) text += "\n" + listed(entries);
    return text + "\n" + app->get_footer() + "\n";
}

}  // namespace normlab
