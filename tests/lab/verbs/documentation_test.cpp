#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "framework/support/files.h"
#include "framework/support/json_reader.h"
#include "lab/verbs/verbs.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/project.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

using Names = std::set<std::string>;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}
std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

std::string without_indentation(const std::string& line) {
    return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

// A page's parts by the titles that begin with ##; what stands before the first is "".
std::map<std::string, std::string> parts_of(const std::string& page) {
    std::map<std::string, std::string> parts;
    std::string title;
    for (const std::string& line : lines_of(read_file(kProject / page)))
        if (line.starts_with("## "))
            title = line.substr(3);
        else
            parts[title] += line + "\n";
    return parts;
}

// What `stands` between backticks.
std::vector<std::string> quoted_in(const std::string& text) {
    std::vector<std::string> all;
    for (std::size_t open = text.find('`'); open != std::string::npos;) {
        const std::size_t close = text.find('`', open + 1);
        if (close == std::string::npos) break;
        all.push_back(text.substr(open + 1, close - open - 1));
        open = text.find('`', close + 1);
    }
    return all;
}

// The rows of a page's tables: what their first cell quotes, and what the others do.
struct Row {
    std::vector<std::string> names, rest;
};
std::vector<Row> rows_of(const std::string& text) {
    std::vector<Row> rows;
    for (const std::string& line : lines_of(text)) {
        if (!line.starts_with("| `")) continue;
        const std::size_t end = line.find(" |", 2);
        rows.push_back({quoted_in(line.substr(0, end)), quoted_in(line.substr(end))});
    }
    return rows;
}

Names options_named_in(const std::string& text) {
    Names options;
    for (std::size_t at = text.find("--"); at != std::string::npos; at = text.find("--", at)) {
        const std::size_t end = text.find_first_not_of("-abcdefghijklmnopqrstuvwxyz", at);
        if (end - at > 2 && text[at + 2] != '-') options.insert(text.substr(at, end - at));
        at = end;
    }
    return options;
}

// The options that `normlab VERB --help` lists, but for --help itself.
Names options_of(const std::string& verb) {
    const TemporaryFolder folder;
    Names options;
    for (const std::string& line : lines_of(run_normlab(folder.path(), {verb, "--help"}).out))
        if (line.starts_with("  --")) options.insert(words_of(line).front());
    return options;
}

Names verb_names() {
    Names names;
    for (const Verb& verb : verbs()) names.insert(verb.name);
    return names;
}

Json schema() {
    return Json::parse(read_file(kProject / "configs/schema.json"));
}

// The objects that the schema describes for layers, augmentations and corruptions, by their type.
std::map<std::string, Json> by_type(const Json& alternatives) {
    std::map<std::string, Json> all;
    for (const Json& each : alternatives) {
        Json options = each["properties"];
        const std::string type = options["type"]["const"];
        options.erase("type");
        all[type] = options;
    }
    return all;
}
std::map<std::string, Json> layers_and_changes_of_images() {
    const Json all = schema();
    auto types = by_type(all["$defs"]["layer"]["oneOf"]);
    const Json data = all["properties"]["data"]["properties"];
    for (const char* list : {"augment", "corrupt"}) types.merge(by_type(data[list]["items"]["anyOf"][1]["oneOf"]));
    return types;
}

// "optim.lr" and its like.
Names config_keys() {
    const Json all = schema();
    Names keys;
    for (const auto& [section, description] : all["properties"].items()) {
        if (section == "$schema") continue;
        if (!description.contains("properties")) keys.insert(section);
        const Json given = description.contains("anyOf") ? description["anyOf"].back() : description;  // or null
        const Json properties = given.value("properties", Json::object());
        for (const auto& [key, value] : properties.items()) keys.insert(section + "." + key);
    }
    for (const auto& [key, value] : all["$defs"]["norm"]["anyOf"][1]["properties"].items())
        keys.insert("model.norm." + key);
    return keys;
}

// The C++ that a page shows, cut where "…" leaves something out. Indentation does not count.
std::vector<std::string> excerpts_in(const std::string& page) {
    std::vector<std::string> excerpts;
    bool inside = false;
    for (const std::string& line : lines_of(read_file(kProject / page))) {
        const bool begins = line == "```cpp", ends = inside && line == "```";
        if (begins || (inside && line == "…")) excerpts.emplace_back();
        if (inside && !ends && line != "…") excerpts.back() += without_indentation(line) + "\n";
        inside = begins || (inside && !ends);
    }
    return excerpts;
}

std::string all_sources() {
    std::string text;
    for (const char* folder : {"framework", "layers", "optim", "datasets", "lab", "examples", "tests"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator(kProject / folder))
            if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp")
                for (const std::string& line : lines_of(read_file(entry.path())))
                    text += without_indentation(line) + "\n";
    return text;
}

bool is_near(std::size_t said, std::size_t found) {
    return std::max(said, found) - std::min(said, found) <= std::max<std::size_t>(5, found / 10);
}

}  // namespace

TEST_CASE("the C++ in docs/adding_a_layer.md, docs/adding_a_claim.md and docs/reading.md is that of the sources",
          "[documentation]") {
    const std::string sources = all_sources();
    for (const char* page : {"docs/adding_a_layer.md", "docs/adding_a_claim.md", "docs/reading.md"}) {
        const std::vector<std::string> excerpts = excerpts_in(page);
        CHECK(excerpts.size() >= 2);
        for (const std::string& excerpt : excerpts) {
            INFO(page << ":\n" << excerpt);
            CHECK(contains(sources, excerpt));
        }
    }
}

TEST_CASE("the path of docs/reading.md is as long as it says, and short enough for an evening", "[documentation]") {
    std::size_t files = 0, lines = 0, said_in_all = 0;
    for (const std::string& line : lines_of(read_file(kProject / "docs/reading.md"))) {
        std::smatch found;
        if (std::regex_match(line, found, std::regex(R"(\| .*\| \[(.+)\]\(\.\./\1\) \| (\d+) \|)"))) {
            INFO(line);
            const std::size_t length = lines_of(read_file(kProject / found[1].str())).size();
            CHECK(is_near(std::stoul(found[2]), length));
            lines += length, ++files;
        } else if (std::regex_match(line, found, std::regex(R"(\| \| \*\*all\*\* \| \*\*(\d+)\*\* \|)"))) {
            said_in_all = std::stoul(found[1]);
        }
    }
    CHECK(files >= 20);
    CHECK(is_near(said_in_all, lines));
    CHECK(lines <= 2400);
}

TEST_CASE("docs/command_line.md tells of every verb with every option, and of no others", "[documentation]") {
    const auto parts = parts_of("docs/command_line.md");
    Names in_table, with_part;
    for (const Row& row : rows_of(parts.at(""))) in_table.insert(words_of(row.names.front()).front());
    CHECK(in_table == verb_names());
    for (const auto& [title, text] : parts) {
        if (title.empty()) continue;
        INFO(title);
        with_part.insert(title);
        CHECK(options_named_in(text) == options_of(title));
    }
    CHECK(with_part == verb_names());
}

TEST_CASE("docs/config.md tells of every key, layer, augmentation and corruption, and of no others",
          "[documentation]") {
    Names told, known = config_keys();
    for (const Row& row : rows_of(read_file(kProject / "docs/config.md")))
        told.insert(row.names.begin(), row.names.end());
    for (const auto& [type, options] : layers_and_changes_of_images()) known.insert(type);
    CHECK(told == known);
}

TEST_CASE("docs/config.md tells of every option of a layer, an augmentation or a corruption, and of no others",
          "[documentation]") {
    const auto types = layers_and_changes_of_images();
    const Names keys = config_keys();
    for (const Row& row : rows_of(read_file(kProject / "docs/config.md"))) {
        const bool as_model_norm = std::ranges::count(row.rest, "model.norm") == 1;  // its table has the options
        for (const std::string& name : row.names) {
            if (!types.contains(name)) continue;
            INFO(name);
            const Json options = types.at(name);
            for (const auto& [option, description] : options.items()) {
                INFO(option);
                CHECK((as_model_norm ? keys.contains("model.norm." + option)
                                     : std::ranges::count(row.rest, option) == 1));
            }
            for (const std::string& word : row.rest) {
                INFO(word);
                const bool is_value = word.starts_with('"') || contains(options.dump(), '"' + word + '"');
                CHECK((as_model_norm || options.contains(word) || is_value));
            }
        }
    }
}

TEST_CASE("the program in docs/deploying.md is docs/predict.mjs", "[documentation]") {
    const std::string program = read_file(kProject / "docs/predict.mjs");
    CHECK(contains(read_file(kProject / "docs/deploying.md"), "```js\n" + program + "```"));
    CHECK(std::ranges::count(program, '\n') <= 21);
}

TEST_CASE("the commands in README.md and README.ko.md are such as there are", "[documentation]") {
    for (const char* page : {"README.md", "README.ko.md"}) {
        int commands = 0;
        for (std::string line : lines_of(read_file(kProject / page))) {
            if (!line.starts_with("./normlab ") || contains(line, "./normlab test")) continue;
            INFO(page << ": " << line);
            line.resize(std::min(line.find('#'), line.size()));
            const std::vector<std::string> words = words_of(line);
            REQUIRE(verb_names().contains(words[1]));
            for (const std::string& option : options_named_in(line)) CHECK(options_of(words[1]).contains(option));
            for (std::size_t i = 2; i < words.size(); ++i) {
                if (words[i].ends_with(".json")) CHECK(std::filesystem::exists(kProject / words[i]));
                if (words[i - 1] == "--set") CHECK(config_keys().contains(words[i].substr(0, words[i].find('='))));
            }
            ++commands;
        }
        CHECK(commands >= 5);
    }
}
