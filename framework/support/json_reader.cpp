#include "framework/support/json_reader.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>
#include <optional>

namespace normlab {
namespace {

// Levenshtein's distance: how many letters must be inserted, removed or replaced to turn one word into the other.
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

std::string letters_of(const std::string& word) {
    std::string letters;
    for (const char c : word)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return letters;
}

// What tells a word from others, however it is written: "batch" of batch_norm, BatchNorm2d and BatchNormalization.
std::string core_of(const std::string& word) {
    std::string core = letters_of(word);
    for (const std::string part : {"normalization", "norm", "2d"})
        if (const std::size_t at = core.find(part); at != std::string::npos) core.erase(at, part.size());
    return core;
}

// "optim.lr" as it stands in a file: "optim": {"lr": ...}
std::string nested(const std::string& key) {
    const std::size_t dot = key.find('.');
    const std::string name = '"' + key.substr(0, dot) + "\": ";
    return name + (dot == std::string::npos ? "..." : "{" + nested(key.substr(dot + 1)) + "}");
}

bool is_among(const std::vector<std::string>& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

// From 2^63 on, a whole number would turn negative.
Index whole_number(const Json& value, const std::string& path) {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<Index>::max())
        throw ConfigError(
            path, "must be at most " + std::to_string(std::numeric_limits<Index>::max()) + ", got " + value.dump());
    return value.get<Index>();
}

[[noreturn]] void wrong_type(const Json& value, const std::string& path, const char* expected) {
    std::string text = value.dump();
    if (text.size() > 40) text = text.substr(0, 37) + "...";
    throw ConfigError(path, std::string("expected ") + expected + ", got " + text);
}

}  // namespace

Json parse_json(std::string_view text) {
    using Event = Json::parse_event_t;
    bool too_deep = false;
    const auto follow = [&](int depth, Event event, const Json&) {
        const bool opens = event == Event::object_start || event == Event::array_start;
        too_deep = too_deep || (opens && depth == kDeepestJson);
        return !too_deep;  // what is refused is not kept
    };
    Json json = Json::parse(text, follow, false);
    return too_deep ? Json(Json::value_t::discarded) : json;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return text;
}

std::string nearest(const std::string& word, const std::vector<std::string>& words) {
    for (const auto same : {letters_of, core_of})
        for (const std::string& each : words)
            if (!same(word).empty() && same(word) == same(each)) return each;
    const auto best = std::min_element(words.begin(), words.end(), [&](const auto& a, const auto& b) {
        return distance(word, a) < distance(word, b);
    });
    return best != words.end() && distance(word, *best) <= std::max<std::size_t>(2, word.size() / 3) ? *best : "";
}

JsonReader::JsonReader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) wrong_type(object, path_, "an object");
}

const Json* JsonReader::find(const std::string& key) {
    if (!is_among(known_, key)) known_.push_back(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
}

// If the object has a similar key instead, it may be what was meant.
void JsonReader::missing(const std::string& key) const {
    for (const auto& [there, value] : object_.items())
        if (!is_among(known_, there) && !nearest(there, {key}).empty())
            throw ConfigError(path_of(there), "did you mean \"" + key + "\", which is missing?");
    if (foreign_ != nullptr)
        for (const ForeignName& foreign : *foreign_)
            if (foreign.here == key && object_.contains(foreign.name))
                throw ConfigError(path_of(foreign.name), "here it is \"" + key + "\", which is missing");
    throw ConfigError(path_, "\"" + key + "\" is missing");
}

void JsonReader::expect_elsewhere(const std::string& key, const std::string& of, const std::vector<std::string>& types,
                                  const std::string& type) {
    std::vector<std::string> quoted;
    for (const std::string& each : types) quoted.push_back('"' + each + '"');
    elsewhere_.emplace_back(key, "is a key of \"" + of + "\": " + listed(quoted) + ", not of \"" + type + '"');
}

std::string JsonReader::objection_to(const std::string& unknown) const {
    const std::string what = "unknown key; ";
    if (foreign_ != nullptr)
        for (const auto& [name, here, advice] : *foreign_)
            if (name == unknown && (here.empty() || is_among(known_, here)))
                return what + (advice.empty() ? "here it is \"" + here + "\"" : advice);
    for (const auto& [key, whose] : elsewhere_)
        if (key == unknown) return whose;
    if (is_among(known_, unknown.substr(0, unknown.find('.'))))
        return what + "keys of a section stand inside it: " + nested(unknown);
    const std::string near = nearest(unknown, known_);
    return what + (near.empty() ? "known here: " + listed(known_) : "did you mean \"" + near + "\"?");
}

void JsonReader::finish() const {
    for (const auto& [key, value] : object_.items())
        if (!is_among(known_, key)) throw ConfigError(path_of(key), objection_to(key));
}

template <>
bool JsonReader::convert(const Json& value, const std::string& path) {
    if (!value.is_boolean()) wrong_type(value, path, "true or false");
    return value.get<bool>();
}

template <>
double JsonReader::convert(const Json& value, const std::string& path) {
    if (!value.is_number()) wrong_type(value, path, "a number");
    return value.get<double>();
}

template <>
Index JsonReader::convert(const Json& value, const std::string& path) {
    if (!value.is_number_integer()) wrong_type(value, path, "a whole number");
    return whole_number(value, path);
}

template <>
std::string JsonReader::convert(const Json& value, const std::string& path) {
    if (!value.is_string()) wrong_type(value, path, "a string");
    return value.get<std::string>();
}

template <>
std::optional<double> JsonReader::convert(const Json& value, const std::string& path) {
    if (value.is_null()) return std::nullopt;
    if (!value.is_number()) wrong_type(value, path, "a number or null");
    return value.get<double>();
}

template <>
std::optional<Index> JsonReader::convert(const Json& value, const std::string& path) {
    if (value.is_null()) return std::nullopt;
    if (!value.is_number_integer()) wrong_type(value, path, "a whole number or null");
    return whole_number(value, path);
}

template <>
std::optional<std::string> JsonReader::convert(const Json& value, const std::string& path) {
    if (value.is_null()) return std::nullopt;
    if (!value.is_string()) wrong_type(value, path, "a string or null");
    return value.get<std::string>();
}

template <>
Pair JsonReader::convert(const Json& value, const std::string& path) {
    if (value.is_number_integer()) return Pair(whole_number(value, path));
    if (!value.is_array() || value.size() != 2 || !value[0].is_number_integer() || !value[1].is_number_integer())
        wrong_type(value, path, "a whole number or [height, width]");
    return Pair(whole_number(value[0], path), whole_number(value[1], path));
}

template <>
std::vector<double> JsonReader::convert(const Json& value, const std::string& path) {
    if (!value.is_array()) wrong_type(value, path, "a list of numbers");
    std::vector<double> numbers;
    for (std::size_t i = 0; i < value.size(); ++i)
        numbers.push_back(convert<double>(value[i], path + "[" + std::to_string(i) + "]"));
    return numbers;
}

template <>
std::vector<Index> JsonReader::convert(const Json& value, const std::string& path) {
    if (!value.is_array()) wrong_type(value, path, "a list of whole numbers");
    std::vector<Index> numbers;
    for (std::size_t i = 0; i < value.size(); ++i)
        numbers.push_back(convert<Index>(value[i], path + "[" + std::to_string(i) + "]"));
    return numbers;
}

template <>
std::vector<std::string> JsonReader::convert(const Json& value, const std::string& path) {
    if (!value.is_array()) wrong_type(value, path, "a list of strings");
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < value.size(); ++i)
        texts.push_back(convert<std::string>(value[i], path + "[" + std::to_string(i) + "]"));
    return texts;
}

}  // namespace normlab
