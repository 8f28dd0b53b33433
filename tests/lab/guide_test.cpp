// The guide, docs/guide: its two languages agree with each other, with the sources and with the program.
#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "framework/support/files.h"
#include "lab/claims/claims.h"
#include "lab/claims/workbench/statements.h"
#include "lab/compare/sweep.h"
#include "lab/config/config.h"
#include "lab/verbs/verbs.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

namespace fs = std::filesystem;

const fs::path kProject = fs::path(NORMLAB_CONFIGS).parent_path();
const fs::path kGuide = kProject / "docs/guide";
const std::vector<std::string> kLanguages = {"en", "ko"};

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

Lines pages(const std::string& language) {
    Lines names;
    for (const auto& entry : fs::directory_iterator(kGuide / language)) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
}
bool is_chapter(const std::string& page) {
    return std::regex_match(page, std::regex(R"(\d\d_[a-z0-9_]+\.md)"));
}

// What lies between two fences, with the line above it.
struct Block {
    std::string above, kind;
    Lines lines;
};
std::vector<Block> blocks_of(const Lines& page) {
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

// "`framework/ops/normalize.h:12-20`", above a block.
struct Quote {
    std::string path;
    std::size_t first, last;
    Lines lines;
};
std::optional<Quote> quote_in(const Block& block) {
    std::smatch found;
    if (!std::regex_match(block.above, found, std::regex(R"( *`([\w./]+):(\d+)-(\d+)`)"))) return std::nullopt;
    return Quote{found[1], std::stoul(found[2]), std::stoul(found[3]), block.lines};
}

// Without the indentation that they have in common.
Lines outdented(Lines lines) {
    std::size_t common = std::string::npos;
    for (const std::string& line : lines)
        if (!line.empty()) common = std::min(common, line.find_first_not_of(' '));
    for (std::string& line : lines) line.erase(0, std::min(common, line.size()));
    return lines;
}

// "54-64", where these lines are; "no lines" if they are nowhere.
std::string place_in(const Lines& source, const Lines& wanted) {
    for (std::size_t first = 0; first + wanted.size() <= source.size(); ++first) {
        const auto from = source.begin() + static_cast<std::ptrdiff_t>(first);
        if (outdented({from, from + static_cast<std::ptrdiff_t>(wanted.size())}) == wanted)
            return std::to_string(first + 1) + "-" + std::to_string(first + wanted.size());
    }
    return "no lines";
}

Lines commands_in(const Lines& page) {
    Lines commands;
    for (const Block& block : blocks_of(page))
        for (const std::string& line : block.lines)
            if (line.starts_with("./normlab ")) commands.push_back(line);
    return commands;
}

// A command's words as the shell takes them apart: 'what is quoted' is one.
Lines words_of(const std::string& command) {
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
std::set<std::string> claims_run_by(const Lines& page) {
    std::set<std::string> names;
    for (const std::string& command : commands_in(page)) {
        const Lines words = words_of(command);
        if (words.size() > 1 && words[1] == "claims")
            for (std::size_t i = 2; i < words.size() && !words[i].starts_with("-"); ++i) names.insert(words[i]);
    }
    return names;
}

Lines found_in(const std::string& line, const std::string& pattern) {
    Lines all;
    const std::regex expression(pattern);
    for (std::sregex_iterator each(line.begin(), line.end(), expression), end; each != end; ++each)
        all.push_back((*each)[1]);
    return all;
}

// "*Statements 19, 31*" or "*명제 19, 31*"
std::vector<int> statements_of(const Lines& page) {
    std::vector<int> numbers;
    for (const std::string& line : page)
        if (line.starts_with("*Statements ") || line.starts_with("*명제 "))
            for (const std::string& number : found_in(line, R"((\d+))")) numbers.push_back(std::stoi(number));
    return numbers;
}

// What has to be the same in every language, in the page's order.
Lines language_free(const Lines& page) {
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
            for (const std::string& found : found_in(line, pattern)) all.push_back(found);
    }
    return all;
}

// "0.144  [0.13, 0.15]": what was measured, in the table of an experiment as the program prints it.
Lines measured_in(const Lines& page) {
    Lines all;
    for (const Block& block : blocks_of(page)) {
        if (!block.kind.empty()) continue;
        for (const std::string& line : block.lines) {
            std::smatch found;
            if (std::regex_search(line, found, std::regex(R"(^ {12,}(-?\d[\d.e+,-]*)( \S+)?(  \[[^\]]*\])?)")))
                all.push_back(found[1].str() + found[3].str());
        }
    }
    return all;
}

std::string anchor_of(const std::string& heading) {  // as GitHub makes it
    std::string anchor;
    for (const char c : heading) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 128 || std::isalnum(byte) || c == '-' || c == '_') anchor += static_cast<char>(std::tolower(byte));
        if (c == ' ') anchor += '-';
    }
    return anchor;
}
std::set<std::string> anchors_of(const Lines& page) {
    std::set<std::string> anchors;
    for (const std::string& line : page)
        if (line.starts_with("#")) anchors.insert(anchor_of(line.substr(line.find(' ') + 1)));
    return anchors;
}

Lines page_of(const std::string& language, const std::string& page) {
    return lines_of(read_file(kGuide / language / page));
}

template <class Visit>  // visit(language, page, lines)
void for_each_page(Visit visit) {
    for (const std::string& language : kLanguages)
        for (const std::string& page : pages(language)) {
            INFO("docs/guide/" << language << "/" << page);
            visit(language, page, page_of(language, page));
        }
}

void check_config(const Lines& words) {
    Lines overrides;
    for (std::size_t i = 3; i < words.size(); ++i)
        if (words[i - 1] == "--set") overrides.push_back(words[i]);
    const fs::path config = kProject / words.at(2);
    if (words[1] == "train") CHECK_NOTHROW(load_config(config, overrides));
    if (words[1] == "compare") CHECK_NOTHROW(load_sweep(config, overrides));
}

}  // namespace

TEST_CASE("both languages of the guide have the same chapters, which its table lists", "[guide]") {
    const Lines english = pages("en");
    CHECK(english == pages("ko"));
    const auto chapters = std::ranges::count_if(english, is_chapter);
    CHECK(chapters == 10);
    const std::string table = read_file(kGuide / "README.md");
    for (const std::string& page : english)
        for (const std::string& language : kLanguages) CHECK(contains(table, "(" + language + "/" + page + ")"));
}

TEST_CASE("a page of the guide has the same commands, formulas, code and pictures in both languages", "[guide]") {
    for (const std::string& page : pages("en")) {
        INFO(page);
        const Lines english = language_free(page_of("en", page));
        CHECK(english == language_free(page_of("ko", page)));
        if (is_chapter(page)) CHECK(english.size() >= 4);
    }
}

TEST_CASE("the tables in the guide show the same measurements in both languages", "[guide]") {
    for (const std::string& page : pages("en")) {
        INFO(page);
        CHECK(measured_in(page_of("en", page)) == measured_in(page_of("ko", page)));
    }
}

TEST_CASE("the code in the guide is that of the sources, at the lines that it names", "[guide]") {
    for_each_page([](const std::string&, const std::string& page, const Lines& lines) {
        int quotes = 0;
        for (const Block& block : blocks_of(lines)) {
            const std::optional<Quote> quote = quote_in(block);
            if (!quote) continue;
            ++quotes;
            INFO(quote->path);
            REQUIRE(fs::exists(kProject / quote->path));
            const Lines source = lines_of(read_file(kProject / quote->path));
            CHECK(std::to_string(quote->first) + "-" + std::to_string(quote->last) ==
                  place_in(source, outdented(quote->lines)));
        }
        if (is_chapter(page)) CHECK(quotes >= 1);
    });
}

TEST_CASE("the commands of the guide are such as there are", "[guide]") {
    for_each_page([](const std::string&, const std::string& page, const Lines& lines) {
        const Lines commands = commands_in(lines);
        if (is_chapter(page)) CHECK(!commands.empty());
        for (const std::string& command : commands) {
            INFO(command);
            Lines words = words_of(command);
            if (words[1] == "test") continue;  // the launcher's own
            std::vector<char*> arguments;
            for (std::string& word : words) arguments.push_back(word.data());
            CHECK_NOTHROW(read_command_line(static_cast<int>(arguments.size()), arguments.data(), verbs(), "0"));
            if (words.size() > 2 && words[2].ends_with(".json")) check_config(words);
        }
        for (const std::string& name : claims_run_by(lines)) {
            INFO("normlab claims " << name);
            CHECK(find_claim(name) != nullptr);
        }
    });
}

TEST_CASE("every statement that is examined is in one chapter of the guide, which runs its experiment", "[guide]") {
    for (const std::string& language : kLanguages) {
        INFO(language);
        std::map<int, int> chapters_with;
        for (const std::string& page : pages(language)) {
            const Lines lines = page_of(language, page);
            const std::set<std::string> run = claims_run_by(lines);
            for (const int number : statements_of(lines)) {
                INFO(page << ", statement " << number);
                ++chapters_with[number];
                const auto names = claims_about(number);
                CHECK((names.empty() ||
                       std::ranges::any_of(names, [&](const std::string& name) { return run.contains(name); })));
            }
        }
        for (const Statement& each : statements()) {
            INFO("statement " << each.number);
            CHECK((claims_about(each.number).empty() || chapters_with[each.number] == 1));
        }
    }
}

TEST_CASE("the pictures of the guide are there, drawn by an experiment that the page runs, and small", "[guide]") {
    for_each_page([](const std::string& language, const std::string& page, const Lines& lines) {
        int pictures = 0;
        const std::set<std::string> run = claims_run_by(lines);
        for (const std::string& line : lines)
            for (const std::string& picture : found_in(line, R"(!\[.+\]\((.*)\))")) {
                INFO(picture);
                ++pictures;
                const fs::path file = kGuide / language / picture;
                REQUIRE(fs::exists(file));
                CHECK(fs::file_size(file) <= 60'000);
                const std::string name = file.stem();
                CHECK(std::ranges::any_of(run, [&](const std::string& each) {
                    return std::regex_match(name, std::regex(each + R"(-\d+)"));
                }));
            }
        if (is_chapter(page)) CHECK(pictures >= 1);
    });
}

TEST_CASE("links within the guide lead somewhere", "[guide]") {
    for_each_page([](const std::string& language, const std::string&, const Lines& lines) {
        for (const std::string& line : lines)
            for (const std::string& link : found_in(line, R"(\]\(([^)]*)\))")) {
                INFO(link);
                if (link.starts_with("http")) continue;
                const std::string path = link.substr(0, link.find('#'));
                const fs::path file = path.empty() ? kGuide / language : kGuide / language / path;
                CHECK(fs::exists(file));
                if (contains(link, "#") && path.ends_with(".md") && fs::exists(file))
                    CHECK(anchors_of(lines_of(read_file(file))).contains(link.substr(link.find('#') + 1)));
            }
    });
}
