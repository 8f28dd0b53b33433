// Lists in a config of things to do to an image, each by its name or as an object with options:
//   ["random_crop", {"type": "cutout", "size": 16}]
#pragma once

#include <variant>

#include "framework/support/fields.h"

namespace normlab {

// One of the things that can be done: its name, what it does, and its default options, which fields() lists.
template <class Variant>
struct Choice {
    std::string name;
    const char* about;
    Variant options;
};
template <class Variant>
using Choices = std::vector<Choice<Variant>>;

template <class Variant>
Variant read_choice(const Json& json, const Choices<Variant>& known, const std::string& path) {
    std::vector<std::pair<std::string, Variant>> table;
    for (const auto& [name, about, options] : known) table.emplace_back(name, options);
    if (json.is_string()) return JsonReader::chosen(json.get<std::string>(), table, path);
    FieldReader reader(json, path);
    reader.require_key("type");
    Variant chosen;
    reader.value("type",
                 {.read =
                      [&](const Json& type, const std::string& at) {
                          chosen = JsonReader::chosen(JsonReader::convert<std::string>(type, at), table, at);
                      }},
                 "");
    std::visit([&](auto& options) { fields(reader, options); }, chosen);
    reader.finish();
    return chosen;
}

template <class Variant>
std::vector<Variant> read_choices(const Json& list, const Choices<Variant>& known, const char* what,
                                  const std::string& path) {
    if (!list.is_array()) throw ConfigError(path, std::string("expected a list of ") + what + ", got " + list.dump());
    std::vector<Variant> chosen;
    for (std::size_t i = 0; i < list.size(); ++i)
        chosen.push_back(read_choice(list[i], known, path + "[" + std::to_string(i) + "]"));
    return chosen;
}

template <class Variant>
Json written_choice(const Variant& chosen, const Choices<Variant>& known) {
    FieldWriter writer;
    writer.json["type"] =
        std::ranges::find(known, chosen.index(), [](const auto& each) { return each.options.index(); })->name;
    std::visit([&](auto options) { fields(writer, options); }, chosen);
    return writer.json;
}

template <class Variant>
Json described_choices(const Choices<Variant>& known) {
    Json names = Json::array(), objects = Json::array();
    for (const auto& [name, about, options] : known) {
        names.push_back(name);
        FieldDescriber describer;
        describer.properties["type"] = {{"const", name}};
        std::visit([&](auto each) { fields(describer, each); }, options);
        objects.push_back(
            {{"description", about}, {"additionalProperties", false}, {"properties", describer.properties}});
    }
    const Json object = {{"type", "object"}, {"required", Json::array({"type"})}, {"oneOf", objects}};
    return {{"type", "array"}, {"items", {{"anyOf", {{{"enum", names}}, object}}}}};
}

template <class Variant>
FieldValue choices_field(std::vector<Variant>& list, const Choices<Variant>& known, const char* what) {
    return {.read = [&list, &known, what](const Json& json,
                                          const std::string& path) { list = read_choices(json, known, what, path); },
            .write =
                [&list, &known] {
                    Json json = Json::array();
                    for (const Variant& each : list) json.push_back(written_choice(each, known));
                    return json;
                },
            .schema = described_choices(known)};
}

}  // namespace normlab
