#include "layers/norm_options.h"

#include <map>

#include "framework/support/words.h"
#include "layers/foreign_names.h"
#include "layers/norm_table.h"

namespace normlab {
namespace {

std::vector<std::pair<std::string, NormType>> names_of_norms() {
    std::vector<std::pair<std::string, NormType>> table;
    for (const NormRow& row : norm_table()) table.emplace_back(row.name, row.type);
    return table;
}

// The options of a type, by their keys, as the schema describes them.
Json described_options(const NormRow& row) {
    FieldDescriber describer;
    Norm norm{.type = row.type};
    fields(describer, norm);
    return describer.properties;
}

// The types that have an option, by its key.
const std::map<std::string, std::vector<std::string>>& types_with() {
    static const auto all = [] {
        std::map<std::string, std::vector<std::string>> types;
        for (const NormRow& row : norm_table()) {
            const Json options = described_options(row);
            for (const auto& [key, described] : options.items()) types[key].push_back(row.name);
        }
        return types;
    }();
    return all;
}

// The options of all types together: an option that not every type has names those that have it, and a default that
// differs between types is left out.
Json all_options() {
    Json properties = Json::object();
    std::vector<std::pair<std::string, Json>> types;
    for (const NormRow& row : norm_table())
        if (const Json options = described_options(row); !options.empty()) types.emplace_back(row.name, options);
    for (const auto& [type, options] : types)
        for (const auto& [key, option] : options.items()) {
            if (properties.contains(key)) continue;
            Json described = option;
            for (const auto& [other, others] : types)
                if (others.contains(key) && described.contains("default") &&
                    others[key]["default"] != described["default"])
                    described.erase("default");
            const std::vector<std::string>& having = types_with().at(key);
            if (having.size() < types.size())
                described["description"] =
                    some_of(having, having.size()) + ": " + option["description"].get<std::string>();
            properties[key] = described;
        }
    return properties;
}

}  // namespace

Norm parse_norm(const Json& description, const std::string& path) {
    const Json object = description.is_string() ? Json{{"type", description}} : description;
    FieldReader reader(object, path);
    reader.expect_foreign(foreign_names_of_norms());
    Norm norm;
    reader.choice("type", norm.type, names_of_norms(), "");
    fields(reader, norm);
    const std::string type = object.value("type", norm_table().front().name);
    for (const auto& [key, types] : types_with()) reader.expect_elsewhere(key, "type", types, type);
    reader.finish();
    return norm;
}

Json to_json(const Norm& given) {
    FieldWriter writer;
    Norm norm = given;
    writer.choice("type", norm.type, names_of_norms(), "");
    fields(writer, norm);
    return writer.json;
}

Json norm_schema() {
    FieldDescriber describer;
    Norm norm;
    describer.choice("type", norm.type, names_of_norms(), "Which numbers share a mean and a variance");
    describer.properties.update(all_options());
    Json object = {{"description", "A normalization with options"}};
    object.update(describer.schema());
    return {{"anyOf", {{{"enum", describer.properties["type"]["enum"]}}, object}}};
}

bool norm_has_option(const std::string& type, const std::string& key) {
    for (const NormRow& row : norm_table())
        if (row.name == type) return described_options(row).contains(key);
    return false;
}

}  // namespace normlab
