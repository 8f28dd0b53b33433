// Reading a section of a config whose numbers have bounds.
#pragma once

#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

// What a number may be, and how an error says so.
struct Allowed {
    const char* text;
    bool (*holds)(double);
};
inline constexpr Allowed kNotNegative{"at least 0", [](double v) { return v >= 0; }};
inline constexpr Allowed kPositive{"above 0", [](double v) { return v > 0; }};
inline constexpr Allowed kFraction{"from 0 to 1", [](double v) { return v >= 0 && v <= 1; }};
inline constexpr Allowed kBelowOne{"at least 0 and below 1", [](double v) { return v >= 0 && v < 1; }};

// A section of the config whose numbers have bounds.
class Section : public JsonReader {
  public:
    using JsonReader::JsonReader;

    void check(bool fine, const std::string& key, const std::string& rule) const {
        if (!fine) throw ConfigError(path_of(key), rule);
    }
    double number(const std::string& key, double otherwise, const Allowed& allowed) {
        const double value = get<double>(key, otherwise);
        check(key, value, allowed);
        return value;
    }
    std::optional<double> number_or_null(const std::string& key, const Allowed& allowed) {
        const auto value = get<std::optional<double>>(key, std::nullopt);
        if (value) check(key, *value, allowed);
        return value;
    }
    Index whole(const std::string& key, Index otherwise, Index least) {
        const Index value = get<Index>(key, otherwise);
        check(key, value, least);
        return value;
    }
    std::optional<Index> whole_or_null(const std::string& key, Index least, Index most = kIndexMost) {
        const auto value = get<std::optional<Index>>(key, std::nullopt);
        if (value) check(key, *value, least, most);
        return value;
    }
    std::string word(const std::string& key, const std::vector<std::string>& words, const std::string& otherwise) {
        std::vector<std::pair<std::string, std::string>> table;
        for (const std::string& each : words) table.emplace_back(each, each);
        return choice(key, table, otherwise);
    }

  private:
    void check(const std::string& key, double value, const Allowed& allowed) const {
        std::ostringstream rule;
        rule << "must be " << allowed.text << ", got " << value;
        check(allowed.holds(value), key, rule.str());
    }
    void check(const std::string& key, Index value, Index least, Index most = kIndexMost) const {
        const auto text = [](Index number) { return std::to_string(number); };
        check(value >= least, key, "must be at least " + text(least) + ", got " + text(value));
        check(value <= most, key, "must be at most " + text(most) + ", got " + text(value));
    }
    static constexpr Index kIndexMost = std::numeric_limits<Index>::max();
};

}  // namespace normlab
