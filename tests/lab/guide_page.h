// A page of the guide as its tests see it: blocks of code, quotes, commands, tables, links.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace normlab::test {

using Lines = std::vector<std::string>;

inline Lines lines_of(const std::string& text) {
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

// What lies between two fences, with the line above it.
struct Block {
    std::string above, kind;
    Lines lines;
};
inline std::vector<Block> blocks_of(const Lines& page) {
    std::vector<Block> blocks;
    bool inside = false;
    std::size_t indentation = 0;  // that of a list's item
    for (std::size_t i = 0; i < page.size(); ++i) {
        const std::size_t at = page[i].find_first_not_of(' ');
        const bool fence = at != std::string::npos && page[i].substr(at).starts_with("```");
        if (fence && !inside) {
            indentation = at;
            blocks.push_back({i > 0 ? page[i - 1] : "", page[i].substr(at + 3), {}});
        } else if (!fence && inside) {
            blocks.back().lines.push_back(page[i].substr(std::min(indentation, page[i].size())));
        }
        if (fence) inside = !inside;
    }
    return blocks;
}

// What lies outside of the blocks.
inline Lines prose_of(const Lines& page) {
    Lines prose;
    bool inside = false;
    for (const std::string& line : page) {
        const bool fence = line.find("```") != std::string::npos;
        if (!fence && !inside) prose.push_back(line);
        if (fence) inside = !inside;
    }
    return prose;
}

// "`framework/ops/normalize.h:12-20`", above a block.
struct Quote {
    std::string path;
    std::size_t first, last;
    Lines lines;
};
inline std::optional<Quote> quote_in(const Block& block) {
    std::smatch found;
    if (!std::regex_match(block.above, found, std::regex(R"( *`([\w./]+):(\d+)-(\d+)`)"))) return std::nullopt;
    return Quote{found[1], std::stoul(found[2]), std::stoul(found[3]), block.lines};
}

// Without the indentation that they have in common.
inline Lines outdented(Lines lines) {
    std::size_t common = std::string::npos;
    for (const std::string& line : lines)
        if (!line.empty()) common = std::min(common, line.find_first_not_of(' '));
    for (std::string& line : lines) line.erase(0, std::min(common, line.size()));
    return lines;
}

// "54-64", where these lines are; "no lines" if they are nowhere.
inline std::string place_in(const Lines& source, const Lines& wanted) {
    for (std::size_t first = 0; first + wanted.size() <= source.size(); ++first) {
        const auto from = source.begin() + static_cast<std::ptrdiff_t>(first);
        if (outdented({from, from + static_cast<std::ptrdiff_t>(wanted.size())}) == wanted)
            return std::to_string(first + 1) + "-" + std::to_string(first + wanted.size());
    }
    return "no lines";
}

inline Lines commands_in(const Lines& page) {
    Lines commands;
    for (const Block& block : blocks_of(page))
        for (const std::string& line : block.lines)
            if (line.starts_with("./normlab ")) commands.push_back(line);
    return commands;
}

// A command's words as the shell takes them apart: 'what is quoted' is one.
inline Lines words_of(const std::string& command) {
    Lines words(1);
    bool quoted = false;
    for (const char c : command) {
        if (c == '\'')
            quoted = !quoted;
        else if (c == '#' && !quoted && words.back().empty())
            break;
        else if (c != ' ' || quoted)
            words.back() += c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

// The experiments that a page runs.
inline std::set<std::string> claims_run_by(const Lines& page) {
    std::set<std::string> names;
    for (const std::string& command : commands_in(page)) {
        const Lines words = words_of(command);
        if (words.size() > 1 && words[1] == "claims")
            for (std::size_t i = 2; i < words.size() && !words[i].starts_with("-"); ++i) names.insert(words[i]);
    }
    return names;
}

inline Lines found_in(const std::string& line, const std::string& pattern) {
    Lines all;
    const std::regex expression(pattern);
    for (std::sregex_iterator each(line.begin(), line.end(), expression), end; each != end; ++each)
        all.push_back((*each)[1]);
    return all;
}

// "*Statements 19, 31*" or "*명제 19, 31*"
inline std::vector<int> statements_of(const Lines& page) {
    std::vector<int> numbers;
    for (const std::string& line : page)
        if (line.starts_with("*Statements ") || line.starts_with("*명제 "))
            for (const std::string& number : found_in(line, R"((\d+))")) numbers.push_back(std::stoi(number));
    return numbers;
}

// What has to be the same in every language, in the page's order.
inline Lines language_free(const Lines& page) {
    Lines all;
    bool inside = false;
    for (std::size_t i = 0; i < page.size(); ++i) {
        const std::string line = page[i].substr(std::min(page[i].find_first_not_of(' '), page[i].size()));
        if (line.starts_with("```")) inside = !inside;
        if (inside) {
            if (line.starts_with("./normlab ")) all.push_back(line);
            continue;
        }
        for (const char* pattern : {R"(^\$\$(.*)\$\$$)", R"(!\[.*\]\((.*)\))", R"(^`([\w./]+:\d+-\d+)`$)"})
            for (const std::string& found : found_in(line, pattern))
                all.push_back(std::regex_replace(found, std::regex(R"(\.ko\.svg$)"), ".svg"));
    }
    return all;
}

// "0.144  [0.13, 0.15]": what was measured with several seeds, in the table of an experiment as the program prints it.
inline Lines measured_in(const Lines& page) {
    Lines all;
    for (const Block& block : blocks_of(page)) {
        if (!block.kind.empty()) continue;
        for (const std::string& line : block.lines) {
            std::smatch found;
            if (std::regex_search(line, found, std::regex(R"((-?\d[\d.e+-]*)(배| \S+)?  (\[[^\]]+\]))")))
                all.push_back(found[1].str() + "  " + found[3].str());
        }
    }
    return all;
}

// Bold text whose end Markdown does not see: "**…)**" directly before a letter, as Korean particles follow words.
inline Lines unended_emphasis_in(const Lines& page) {
    Lines all;
    bool open = false;
    for (const std::string& line : prose_of(page)) {
        for (std::size_t at = line.find("**"); at != std::string::npos; at = line.find("**", at + 2)) {
            const bool ends = std::exchange(open, !open);
            const auto before = static_cast<unsigned char>(at > 0 ? line[at - 1] : ' ');
            const auto after = static_cast<unsigned char>(at + 2 < line.size() ? line[at + 2] : ' ');
            if (ends && std::ispunct(before) && (std::isalnum(after) || after >= 0xE3)) all.push_back(line);
        }
    }
    return all;
}

inline std::string anchor_of(const std::string& heading) {  // as GitHub makes it
    std::string anchor;
    for (const char c : heading) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 128 || std::isalnum(byte) || c == '-' || c == '_') anchor += static_cast<char>(std::tolower(byte));
        if (c == ' ') anchor += '-';
    }
    return anchor;
}
inline std::set<std::string> anchors_of(const Lines& page) {
    std::set<std::string> anchors;
    for (const std::string& line : page)
        if (line.starts_with("#")) anchors.insert(anchor_of(line.substr(line.find(' ') + 1)));
    return anchors;
}

}  // namespace normlab::test
