#include "layers/keras_names.h"

namespace normlab {
namespace {

Json same(const Json& given, const std::string&) {
    return given;
}

Json initial_number(const Json& given, const std::string& path) {
    if (given.is_number()) return given;
    if (given == "zeros") return 0;
    if (given == "ones") return 1;
    throw ConfigError(path, "expected a number, \"zeros\" or \"ones\", got " + given.dump());
}

Json opposite(const Json& given, const std::string& path) {
    return !JsonReader::convert<bool>(given, path);
}

struct KerasName {
    std::string key;
    const char* name;
    Json (*value)(const Json& given, const std::string& path);  // as it is under `key`
    Json schema;
};

const std::vector<KerasName>& names() {
    static const Json number = {{"anyOf", {{{"type", "number"}}, {{"enum", {"zeros", "ones"}}}}}};
    static const std::vector<KerasName> all = {
        {"eps", "epsilon", same, {{"type", "number"}}},
        {"gamma_init", "gamma_initializer", initial_number, number},
        {"beta_init", "beta_initializer", initial_number, number},
        {"running_mean_init", "moving_mean_initializer", initial_number, number},
        {"running_var_init", "moving_variance_initializer", initial_number, number},
        {"biased_running_var", "fused", opposite, {{"type", "boolean"}}},
    };
    return all;
}

}  // namespace

void KerasNames::value(const char* key, const FieldValue& value, const char* about) {
    const auto keras = std::ranges::find(names(), key, &KerasName::key);
    if (keras == names().end()) return inner_.value(key, value, about);
    bool given = false;
    FieldValue ours = value;
    ours.read = [&](const Json& json, const std::string& path) {
        given = true;
        value.read(json, path);
    };
    inner_.value(key, ours, about);
    const auto read = [&](const Json& json, const std::string& path) {
        if (given) throw ConfigError(path, "and \"" + keras->key + "\" say the same: give one of them");
        given_as_[key] = keras->name;
        value.read(keras->value(json, path), path);
    };
    const std::string meaning = "With convention keras: " + std::string(keras->value == opposite ? "not " : "") + key;
    inner_.value(keras->name, {.read = read, .write = {}, .schema = keras->schema}, meaning.c_str());
}

void KerasNames::section(const char* key, const char* about, const std::function<void(Fields&)>& visit) {
    inner_.section(key, about, visit);
}

void KerasNames::check(bool holds, const char* key, const std::string& rule) {
    const auto given = given_as_.find(key);
    inner_.check(holds, given == given_as_.end() ? key : given->second, rule);
}

}  // namespace normlab
