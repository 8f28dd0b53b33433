#include "lab/config/config_file.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "framework/support/files.h"
#include "lab/config/config.h"

namespace normlab {
namespace {

using Lines = std::map<std::string, std::size_t>;

std::size_t line_at(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

// Iterates over a text and counts, outside itself, how far a parser has come.
class Cursor {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Cursor(const char* at, std::size_t& consumed) : at_(at), consumed_(&consumed) {}
    reference operator*() const { return *at_; }
    Cursor& operator++() { return ++at_, ++*consumed_, *this; }
    Cursor operator++(int) {
        const Cursor before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Cursor& other) const { return at_ == other.at_; }

  private:
    const char* at_;
    std::size_t* consumed_;
};

// Follows the parser and notes on which line each key and each entry of a list begins.
class LineKeeper {
  public:
    LineKeeper(std::string file, std::string_view text, Lines& lines)
        : file_(std::move(file)), text_(text), lines_(lines) {}

    Json parse() {
        std::size_t end = 0;
        return Json::parse(
            Cursor(text_.data(), consumed_), Cursor(text_.data() + text_.size(), end),
            [this](int, Json::parse_event_t event, const Json& parsed) { return follow(event, parsed); }, true, true);
    }

    // Of the token that the parser has consumed, and after a number one more character.
    std::size_t line() const { return line_at(text_, consumed_ - 1); }

  private:
    struct Level {
        std::string path, next;  // of the object or list itself, of the value that its last key is for
        bool is_list;
        Index entries = 0;
        std::set<std::string> keys = {};
    };
    using Event = Json::parse_event_t;

    bool follow(Event event, const Json& parsed) {
        if (event == Event::key) note_key(parsed.get<std::string>());
        if (event == Event::value) note_value();
        const bool opens = event == Event::object_start || event == Event::array_start;
        if (opens && levels_.size() == kDeepestJson)
            throw ConfigError(
                file_ + ":" + std::to_string(line()),
                "objects and lists lie more than " + std::to_string(kDeepestJson) + " deep within each other");
        if (event == Event::object_start) levels_.push_back({note_value(), "", false});
        if (event == Event::array_start) levels_.push_back({note_value(), "", true});
        if (event == Event::object_end || event == Event::array_end) levels_.pop_back();
        return true;
    }

    void note_key(const std::string& key) {
        Level& level = levels_.back();
        level.next = level.path.empty() ? key : level.path + "." + key;
        if (!level.keys.insert(key).second)
            throw ConfigError(file_ + ":" + std::to_string(line()) + ": " + level.next,
                              "appears twice, first on line " + std::to_string(lines_[level.next]));
        lines_[level.next] = line();
    }

    // The path of the value that begins.
    std::string note_value() {
        if (levels_.empty()) return "";
        Level& level = levels_.back();
        if (!level.is_list) return level.next;
        std::string path = level.path + "[" + std::to_string(level.entries++) + "]";
        lines_[path] = line();
        return path;
    }

    std::string file_;
    std::string_view text_;
    Lines& lines_;
    std::size_t consumed_ = 0;
    std::vector<Level> levels_;
};

std::string read_text(const std::filesystem::path& path) {
    try {
        return read_file(path);
    } catch (const Error& error) {
        throw ConfigError(path.string(), error.what());
    }
}

// "configs/a.json:3:5: this is not JSON: unexpected '}'; expected a key; no comma may follow the last entry"
ConfigError syntax_error(const std::string& file, std::string_view text, const Json::parse_error& error) {
    std::string what = error.what();
    if (const std::size_t dash = what.find(" - "); dash != std::string::npos) what = what.substr(dash + 3);
    const auto says = [&](const char* part) { return what.find(part) != std::string::npos; };

    std::size_t at = std::min(text.size(), error.byte > 0 ? error.byte - 1 : 0);  // where the wrong token ends
    if (says("unexpected string literal")) at = text.rfind('"', at - 1);
    const std::size_t newline = text.substr(0, at).rfind('\n');
    const std::size_t column = at - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    const std::size_t before = text.substr(0, at).find_last_not_of(" \t\r\n");
    if (at < text.size() && text[at] == '#')
        what = "comments begin with //";
    else if (at < text.size() && text[at] == '\'')
        what = "strings need double quotes";
    else if ((says("unexpected '}'") || says("unexpected ']'")) && before != std::string_view::npos &&
             text[before] == ',')
        what = "no comma may follow the last entry";
    else if (says("unexpected string literal; expected '}'") || says("expected ']'"))
        what += ": is a comma missing?";
    return ConfigError(file + ":" + std::to_string(line_at(text, at)) + ":" + std::to_string(column),
                       "not JSON: " + what);
}

std::string parent_of(const std::string& path) {
    const std::size_t end = path.find_last_of(".[");
    return end == std::string::npos ? "" : path.substr(0, end);
}

// The entry of a list that "[2]" at the start of `rest` names; `rest` continues after it.
Json& entry_of(Json& list, std::string_view& rest, const std::string& key) {
    Index number = -1;
    const auto [end, problem] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), number);
    const bool closed = problem == std::errc() && end != rest.data() + rest.size() && *end == ']';
    if (!closed) throw ConfigError(key, "a number in brackets names an entry of a list: model.layers[2]");
    if (!list.is_array() || number < 0 || number >= static_cast<Index>(list.size()))
        throw ConfigError(key, "there is no entry " + std::to_string(number));
    rest.remove_prefix(static_cast<std::size_t>(end + 1 - rest.data()));
    return list[static_cast<std::size_t>(number)];
}

}  // namespace

bool is_at_or_below(const std::string& path, const std::string& key) {
    return path.starts_with(key) && (path.size() == key.size() || path[key.size()] == '.' || path[key.size()] == '[');
}

void set_key(Json& json, const std::string& key, Json value) {
    Json* place = &json;
    if (std::ranges::count_if(key, [](char c) { return c == '.' || c == '['; }) >= kDeepestJson)
        throw ConfigError(key.substr(0, 40) + "...", "has more than " + std::to_string(kDeepestJson) + " parts");
    for (std::string_view rest = key; !rest.empty();) {
        if (rest[0] == '[') {
            place = &entry_of(*place, rest, key);
            continue;
        }
        if (rest[0] == '.') rest.remove_prefix(1);
        const std::string name(rest.substr(0, rest.find_first_of(".[")));
        if (name.empty()) throw ConfigError(key, "a key is empty");
        if (place->is_null()) *place = Json::object();
        if (place->is_string()) *place = {{"type", *place}};  // "batch" stands for {"type": "batch"}
        if (!place->is_object()) throw ConfigError(key, "\"" + name + "\" cannot be set in " + place->dump());
        place = &(*place)[name];
        rest.remove_prefix(name.size());
    }
    *place = std::move(value);
}

std::string override_config(Json& json, const std::string& assignment) {
    const std::string key = assignment.substr(0, assignment.find('='));
    if (key.empty() || key.size() == assignment.size())
        throw ConfigError("--set " + assignment, "expected KEY=VALUE, as in optim.lr=0.2");
    const std::string text = assignment.substr(key.size() + 1);
    Json value = parse_json(text);
    try {
        set_key(json, key, value.is_discarded() ? Json(text) : std::move(value));
    } catch (const ConfigError& error) {
        throw ConfigError("--set " + error.path, error.rule);
    }
    return key;
}

ConfigFile::ConfigFile(std::filesystem::path path, const std::vector<std::string>& overrides) : path_(std::move(path)) {
    const std::string text = read_text(path_);
    LineKeeper keeper(path_.string(), text, lines_);
    try {
        json_ = keeper.parse();
    } catch (const Json::parse_error& error) {
        throw syntax_error(path_.string(), text, error);
    } catch (const Json::out_of_range&) {
        throw ConfigError(path_.string() + ":" + std::to_string(keeper.line()), "a number is too large");
    }
    for (const std::string& assignment : overrides) overridden_.push_back(override_config(json_, assignment));
}

ConfigError ConfigFile::with_place(const ConfigError& error) const {
    for (const std::string& key : overridden_)  // which may have made an object of what holds it
        if (is_at_or_below(error.path, key) || (!error.path.empty() && error.path == parent_of(key)))
            return ConfigError("--set " + error.path, error.rule);
    for (std::string path = error.path; !path.empty(); path = parent_of(path))
        if (const auto line = lines_.find(path); line != lines_.end())
            return ConfigError(path_.string() + ":" + std::to_string(line->second) + ": " + error.path, error.rule);
    return ConfigError(path_.string() + (error.path.empty() ? "" : ": " + error.path), error.rule);
}

Json read_config_file(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
    return ConfigFile(path, overrides).json();
}

Config load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
    return ConfigFile(path, overrides).read_with(parse_config);
}

Config default_config(const std::vector<std::string>& overrides) {
    Json json = Json::object();
    for (const std::string& assignment : overrides) override_config(json, assignment);
    return parse_config(json);
}

}  // namespace normlab
