// The guide, docs/guide: its two languages agree with each other, with the sources and with the program.
#include <algorithm>
#include <filesystem>
#include <map>

#include "framework/support/files.h"
#include "lab/claims/claims.h"
#include "lab/claims/workbench/statements.h"
#include "lab/compare/sweep.h"
#include "lab/config/config.h"
#include "lab/verbs/verbs.h"
#include "tests/catch.h"
#include "tests/lab/guide_page.h"
#include "tests/lab/project.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

namespace fs = std::filesystem;

const fs::path kGuide = kProject / "docs/guide";
const std::vector<std::string> kLanguages = {"en", "ko"};

Lines pages(const std::string& language) {
    Lines names;
    for (const auto& entry : fs::directory_iterator(kGuide / language)) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
}
bool is_chapter(const std::string& page) {
    return std::regex_match(page, std::regex(R"(\d\d_[a-z0-9_]+\.md)"));
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
                    return std::regex_match(name, std::regex(each + R"((-real)?-\d+(\.ko)?)"));
                }));
            }
        if (is_chapter(page)) CHECK(pictures >= 1);
    });
}

TEST_CASE("links within the guide lead somewhere", "[guide]") {
    for_each_page([](const std::string& language, const std::string&, const Lines& lines) {
        for (const std::string& line : prose_of(lines))
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

TEST_CASE("bold text in the guide ends where Markdown sees it", "[guide]") {
    for_each_page([](const std::string&, const std::string&, const Lines& lines) {
        CHECK(unended_emphasis_in(lines) == Lines{});
    });
}
