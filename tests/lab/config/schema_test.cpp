#include <filesystem>
#include <functional>
#include <set>

#include "framework/support/files.h"
#include "lab/compare/sweep.h"
#include "lab/config/config.h"
#include "lab/config/schema_text.h"
#include "layers/factory.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

const std::filesystem::path kConfigs = NORMLAB_CONFIGS;

Json schema() {
    return Json::parse(read_file(kConfigs / "schema.json"));
}

bool is_schema(const std::filesystem::path& path) {
    return path.stem().string().ends_with("schema");
}
bool is_sweep(const std::filesystem::path& path) {
    return path.stem().string().starts_with("compare_");
}

// Configs that, taken together, have every key of every section.
std::vector<Json> full_configs() {
    std::vector<Json> configs;
    for (const char* text : {"{}", R"({"data": {"name": "folder"}, "optim": {"type": "adam"}})",
                             R"({"schedule": {"type": "step"}})", R"({"schedule": {"type": "multi_step"}})",
                             R"({"schedule": {"type": "one_cycle"}})", R"({"schedule": {"type": "plateau"}})"})
        configs.push_back(to_json(parse_config(Json::parse(text))));
    return configs;
}

std::set<std::string> keys_of(const Json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.insert(key);
    return keys;
}

// "unknown key; known here: a, b or c" as a set.
std::set<std::string> known_in(std::string error) {
    const std::string mark = "known here: ";
    REQUIRE(contains(error, mark));
    error = error.substr(error.find(mark) + mark.size());
    if (const std::size_t last = error.find(" or "); last != std::string::npos) error.replace(last, 4, ", ");
    std::set<std::string> words;
    for (std::size_t at = 0; at < error.size();) {
        const std::size_t end = std::min(error.find(", ", at), error.size());
        words.insert(error.substr(at, end - at));
        at = end + 2;
    }
    return words;
}

// A model whose one layer is this, with a key that no layer has.
std::string error_of_layer(Json layer) {
    const std::string nonsense(40, 'z');
    layer[nonsense] = 1;
    return error_of([&] { make_model({{"layers", Json::array({layer})}}, {8, 16, 16}, 10); });
}

}  // namespace

TEST_CASE("the schemas in configs/ are those that the program writes", "[schema]") {
    CHECK(read_file(kConfigs / "schema.json") == laid_out(config_schema()));
    CHECK(read_file(kConfigs / "compare_schema.json") == laid_out(sweep_schema()));
}

TEST_CASE("in the schema every whole number has an upper bound", "[schema]") {
    std::size_t count = 0;
    const auto is_whole = [](const Json& type) {
        return type == "integer" || (type.is_array() && !type.empty() && type[0] == "integer");
    };
    const std::function<void(const Json&)> visit = [&](const Json& json) {
        if (json.is_object() && json.contains("type") && is_whole(json["type"])) {
            INFO(json);
            CHECK(json.contains("maximum"));
            ++count;
        }
        if (json.is_structured())
            for (const Json& each : json) visit(each);
    };
    visit(schema());
    REQUIRE(count > 30);
}

TEST_CASE("the schema has the keys that a config has, and no others", "[schema]") {
    const Json properties = schema()["properties"];
    std::set<std::string> sections = keys_of(to_json(Config{}));
    sections.insert("$schema");
    REQUIRE(keys_of(properties) == sections);
    for (const char* section : {"data", "init", "optim", "schedule", "train"}) {
        std::set<std::string> keys;
        for (const Json& config : full_configs()) keys.merge(keys_of(config[section]));
        CHECK(keys_of(properties[section]["properties"]) == keys);
    }
}

TEST_CASE("the schema's defaults are the program's", "[schema]") {
    const Json properties = schema()["properties"];
    for (const auto& [section, description] : properties.items()) {
        if (section == "$schema") continue;
        const bool is_section = description.contains("properties");
        const Json keys = is_section ? description["properties"] : Json{{section, description}};
        for (const auto& [key, value] : keys.items()) {
            INFO(section << "." << key);
            if (section == "model" && key == "layers") continue;
            std::optional<Json> known;
            for (const Json& config : full_configs()) {
                const Json& place = is_section ? config[section] : config;
                if (!known && place.contains(key)) known = place[key];
            }
            const Json said = value["default"];
            CHECK((key == "norm" ? to_json(parse_norm(said, "norm")) : said) == known.value());
        }
    }
}

TEST_CASE("the schema names the layers that there are, each with its options and their defaults", "[schema]") {
    const std::string known = error_of([] { make_model({{"layers", {{{"type", "?"}}}}}, {8, 16, 16}, 10); });
    std::set<std::string> names;
    const Json all = schema();
    for (const Json& layer : all["$defs"]["layer"]["oneOf"]) {
        Json described = {{"type", layer["properties"]["type"]["const"]}};
        const std::string name = described["type"];
        INFO(name);
        names.insert(name);
        for (const auto& [key, option] : layer["properties"].items()) {
            if (option.contains("default")) described[key] = option["default"];
        }
        if (name == "conv2d") described["out"] = 8;
        if (name == "group_norm") described["num_groups"] = 8;
        if (described.contains("convention")) described["convention"] = "keras";  // which has all names
        CHECK(known_in(error_of_layer(described)) == keys_of(layer["properties"]));
    }
    for (const std::string& name : names) CHECK(contains(known, name));
    CHECK(static_cast<std::size_t>(std::ranges::count(known, ',')) + 2 == names.size());
}

TEST_CASE("the schema has the options of all norms, and no others", "[schema]") {
    const Json norm = schema()["$defs"]["norm"]["anyOf"];
    std::set<std::string> known;
    for (const Json& type : norm[0]["enum"]) {
        Json options = {{"type", type}, {std::string(40, 'z'), 1}};
        if (type != "none") options["convention"] = "keras";  // which has all names
        known.merge(known_in(error_of([&] { parse_norm(options, "norm"); })));
    }
    REQUIRE(known == keys_of(norm[1]["properties"]));
    REQUIRE(norm[0]["enum"] == norm[1]["properties"]["type"]["enum"]);
}

TEST_CASE("the schema's words for norms, nets, augmentations and corruptions are the program's", "[schema]") {
    const Json all = schema();
    for (const Json& norm : all["$defs"]["norm"]["anyOf"][0]["enum"]) REQUIRE_NOTHROW(parse_norm(norm, "norm"));
    for (const Json& arch : all["properties"]["model"]["properties"]["arch"]["enum"])
        REQUIRE_NOTHROW(make_model({{"arch", arch}}, {3, 32, 32}, 10));
    for (const char* list : {"augment", "corrupt"}) {
        const auto config_with = [&](const Json& entries) {
            return to_json(parse_config({{"data", {{list, entries}}}}))["data"][list];
        };
        const Json entries = all["properties"]["data"]["properties"][list]["items"]["anyOf"];
        REQUIRE(config_with(entries[0]["enum"]).size() == entries[1]["oneOf"].size());
        for (const Json& each : entries[1]["oneOf"]) {
            Json described;
            for (const auto& [key, option] : each["properties"].items())
                described[key] = option.contains("const") ? option["const"] : option["default"];
            REQUIRE(config_with(Json::array({described["type"]})) == config_with(Json::array({described})));
        }
    }
}

TEST_CASE("every ready config is right and can be written in full", "[schema]") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kConfigs)) {
        if (is_schema(entry.path()) || is_sweep(entry.path())) continue;
        INFO(entry.path());
        const Json json = read_config_file(entry.path());
        CHECK(json["$schema"] == "schema.json");
        CHECK(json["name"] == load_config(entry.path()).name);
        ++count;
    }
    REQUIRE(count >= 9);
}

TEST_CASE("every ready comparison is right", "[schema]") {
    const Json described = Json::parse(read_file(kConfigs / "compare_schema.json"));
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kConfigs)) {
        if (is_schema(entry.path()) || !is_sweep(entry.path())) continue;
        INFO(entry.path());
        const Json json = read_config_file(entry.path());
        CHECK(json["$schema"] == "compare_schema.json");
        std::string file = entry.path().stem().string();
        std::ranges::replace(file, '_', '-');
        CHECK(load_sweep(entry.path()).name == file);
        for (const std::string& key : keys_of(json)) CHECK(described["properties"].contains(key));
        ++count;
    }
    REQUIRE(count >= 7);
}

TEST_CASE("the schema of comparisons has the keys that a comparison has", "[schema]") {
    const std::string nonsense(40, 'z');
    const std::string error = error_of([&] { parse_sweep({{nonsense, 1}}, "a.json"); });
    REQUIRE(known_in(error) == keys_of(Json::parse(read_file(kConfigs / "compare_schema.json"))["properties"]));
}

TEST_CASE("configs/digits.json is what train does without a config", "[schema]") {
    REQUIRE(to_json(load_config(kConfigs / "digits.json")) == to_json(parse_config(Json::object())));
    REQUIRE(to_json(parse_config(Json::object())) == to_json([] {
                Config config;
                config.data.source.dir = "data/digits";
                return config;
            }()));
}
