#include "framework/support/fields.h"

#include <cmath>
#include <sstream>

namespace normlab {
namespace {

// A bound, without a decimal point if it is whole.
Json bound(double value) {
    return value == std::floor(value) ? Json(static_cast<Index>(value)) : Json(value);
}

std::string text_of(const NumberRange& range) {
    std::ostringstream text;
    const char* joint = "";
    const auto say = [&](const char* words, const std::optional<double>& value) {
        if (!value) return;
        text << joint << words << bound(*value).dump();
        joint = " and ";
    };
    if (range.least && range.most) {
        text << "from " << bound(*range.least).dump() << " to " << bound(*range.most).dump();
        return text.str();
    }
    say("at least ", range.least);
    say("above ", range.above);
    say("at most ", range.most);
    say("below ", range.below);
    return text.str();
}

bool holds(const NumberRange& range, double v) {
    return (!range.least || v >= *range.least) && (!range.above || v > *range.above) &&
           (!range.most || v <= *range.most) && (!range.below || v < *range.below);
}

void check_number(double value, const NumberRange& range, const char* or_null, const std::string& path) {
    if (holds(range, value)) return;
    std::ostringstream rule;
    rule << "must be " << text_of(range) << or_null << ", got " << value;
    throw ConfigError(path, rule.str());
}

Json number_schema(const NumberRange& range, const Json& type) {
    Json schema = {{"type", type}};
    if (range.least) schema["minimum"] = bound(*range.least);
    if (range.above) schema["exclusiveMinimum"] = bound(*range.above);
    if (range.most) schema["maximum"] = bound(*range.most);
    if (range.below) schema["exclusiveMaximum"] = bound(*range.below);
    return schema;
}

void check_whole(Index value, WholeRange range, const std::string& path) {
    const auto must = [&](const char* words, Index limit) {
        throw ConfigError(path, "must be " + (words + std::to_string(limit)) + ", got " + std::to_string(value));
    };
    if (value < range.least) must("at least ", range.least);
    if (value > range.most) must("at most ", range.most);
}

Json whole_schema(WholeRange range, const Json& type) {
    return {{"type", type}, {"minimum", range.least}, {"maximum", range.most}};
}

template <class T>
Json written(const T& field) {
    return field;
}
template <class T>
Json written(const std::optional<T>& field) {
    return field ? Json(*field) : Json();
}
Json written(const Pair& field) {
    return Json::array({field.h, field.w});
}

// A value of the type of its field, for which check(value, path) throws if it is out of bounds.
template <class T, class Check>
FieldValue checked(T& field, const Check& check, Json schema) {
    return {.read =
                [&field, check](const Json& json, const std::string& path) {
                    field = JsonReader::convert<T>(json, path);
                    check(field, path);
                },
            .write = [&field] { return written(field); },
            .schema = std::move(schema)};
}
template <class T>
FieldValue unchecked(T& field, Json schema) {
    return checked(
        field, [](const T&, const std::string&) {}, std::move(schema));
}

}  // namespace

void Fields::flag(const char* key, bool& field, const char* about) {
    value(key, unchecked(field, {{"type", "boolean"}}), about);
}

void Fields::text(const char* key, std::string& field, const char* about) {
    value(key, unchecked(field, {{"type", "string"}}), about);
}

void Fields::texts(const char* key, std::vector<std::string>& field, const char* about) {
    value(key, unchecked(field, {{"type", "array"}, {"items", {{"type", "string"}}}}), about);
}

void Fields::number(const char* key, double& field, const NumberRange& range, const char* about) {
    const auto check = [range](double number, const std::string& path) { check_number(number, range, "", path); };
    value(key, checked(field, check, number_schema(range, "number")), about);
}

void Fields::number(const char* key, std::optional<double>& field, const NumberRange& range, const char* about) {
    const auto check = [range](const std::optional<double>& number, const std::string& path) {
        if (number) check_number(*number, range, ", or null", path);
    };
    value(key, checked(field, check, number_schema(range, {"number", "null"})), about);
}

void Fields::numbers(const char* key, std::vector<double>& field, const NumberRange& range, const char* about) {
    const auto check = [range](const std::vector<double>& numbers, const std::string& path) {
        for (std::size_t i = 0; i < numbers.size(); ++i)
            check_number(numbers[i], range, "", path + "[" + std::to_string(i) + "]");
    };
    value(key, checked(field, check, {{"type", "array"}, {"items", number_schema(range, "number")}}), about);
}

void Fields::whole(const char* key, Index& field, WholeRange range, const char* about) {
    const auto check = [range](Index number, const std::string& path) { check_whole(number, range, path); };
    value(key, checked(field, check, whole_schema(range, "integer")), about);
}

void Fields::whole(const char* key, std::optional<Index>& field, WholeRange range, const char* about) {
    const auto check = [range](const std::optional<Index>& number, const std::string& path) {
        if (number) check_whole(*number, range, path);
    };
    value(key, checked(field, check, whole_schema(range, {"integer", "null"})), about);
}

FieldValue pair_field(Pair& field, WholeRange range) {
    const Json each = whole_schema(range, "integer");
    const auto check = [range](const Pair& pair, const std::string& path) {
        check_whole(pair.h, range, path);
        check_whole(pair.w, range, path);
    };
    return checked(field, check,
                   {{"anyOf", {each, {{"type", "array"}, {"items", each}, {"minItems", 2}, {"maxItems", 2}}}}});
}

void Fields::pair(const char* key, Pair& field, WholeRange range, const char* about) {
    value(key, pair_field(field, range), about);
}

void Fields::word(const char* key, std::string& field, const std::vector<std::string>& words, const char* about) {
    value(key,
          {.read =
               [&](const Json& json, const std::string& path) {
                   std::vector<std::pair<std::string, std::string>> table;
                   for (const std::string& each : words) table.emplace_back(each, each);
                   field = JsonReader::chosen(JsonReader::convert<std::string>(json, path), table, path);
               },
           .write = [&] { return Json(field); },
           .schema = {{"enum", words}}},
          about);
}

void Fields::only_for(const char* of, const std::vector<std::string>& types, const std::string& type,
                      const std::function<void(Fields&)>& visit) {
    if (describes() || std::ranges::find(types, type) != types.end()) return visit(*this);
    FieldDescriber others;
    visit(others);
    for (const auto& [key, described] : others.properties.items()) expect_elsewhere(key, of, types, type);
}

void FieldReader::value(const char* key, const FieldValue& value, const char*) {
    if (const Json* found = reader_.find(key)) value.read(*found, reader_.path_of(key));
}

void FieldReader::section(const char* key, const char*, const std::function<void(Fields&)>& visit) {
    static const Json empty = Json::object();
    const Json* found = reader_.find(key);
    FieldReader inner(found == nullptr ? empty : *found, reader_.path_of(key));
    visit(inner);
    inner.finish();
}

void FieldReader::check(bool holds, const char* key, const std::string& rule) {
    if (!holds) throw ConfigError(reader_.path_of(key), rule);
}

void FieldWriter::value(const char* key, const FieldValue& value, const char*) {
    json[key] = value.write();
}

void FieldWriter::section(const char* key, const char*, const std::function<void(Fields&)>& visit) {
    FieldWriter inner;
    visit(inner);
    json[key] = std::move(inner.json);
}

// A value that would not be accepted is not a default: the key is required, or its default follows from other keys.
void FieldDescriber::value(const char* key, const FieldValue& value, const char* about) {
    Json& described = properties[key] = {{"description", about}};
    described.update(value.schema);
    if (!value.write || std::ranges::find(required_, key) != required_.end()) return;
    try {
        const Json otherwise = value.write();
        value.read(otherwise, key);
        described["default"] = otherwise;
    } catch (const ConfigError&) {
    }
}

void FieldDescriber::section(const char* key, const char* about, const std::function<void(Fields&)>& visit) {
    FieldDescriber inner;
    visit(inner);
    properties[key] = {{"description", about}};
    properties[key].update(inner.schema());
}

Json FieldDescriber::schema() const {
    Json schema = {{"type", "object"}, {"additionalProperties", false}};
    if (!required_.empty()) schema["required"] = required_;
    schema["properties"] = properties;
    return schema;
}

}  // namespace normlab
