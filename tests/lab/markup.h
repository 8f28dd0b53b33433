// Reading a page back, as far as the tests of reports need it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace normlab::test {

// What is wrong with the nesting of tags; empty where each that begins also ends, in order.
inline std::string nesting_error(const std::string& html) {
    std::vector<std::string> open;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at)) {
        const std::size_t end = html.find('>', at);
        if (end == std::string::npos) return "a tag does not end";
        const std::string inside = html.substr(at + 1, end - at - 1), name = inside.substr(0, inside.find(' '));
        at = end;
        if (name == "!DOCTYPE" || name == "meta" || name == "img" || name == "br") continue;
        if (name.starts_with("/")) {
            if (open.empty() || open.back() != name.substr(1)) return name + " ends what is not open";
            open.pop_back();
            continue;
        }
        if (std::ranges::count(inside, '"') % 2 != 0) return "quotes of <" + inside + ">";
        open.push_back(name);
        if (name == "script" || name == "style") at = html.find("</" + name, at);
    }
    return open.empty() ? "" : open.back() + " does not end";
}

// What stands between each `before` and the next `after`.
inline std::vector<std::string> all_between(const std::string& text, const std::string& before,
                                            const std::string& after) {
    std::vector<std::string> found;
    for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
        at += before.size();
        found.push_back(text.substr(at, text.find(after, at) - at));
    }
    return found;
}

}  // namespace normlab::test
