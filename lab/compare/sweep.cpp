#include "lab/compare/sweep.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <set>

#include "lab/config/config_file.h"

namespace normlab {
namespace {

// The keys of a sweep's config that can be read by themselves. The rest is read when it is known what it belongs to.
struct SweepSection {
    std::string name;
    std::vector<double> targets = {0.5, 0.9, 0.95, 0.99};
    std::optional<TuneConfig> tune;
};

FieldValue read_later(Json schema) {
    return {.read = [](const Json&, const std::string&) {}, .write = {}, .schema = std::move(schema)};
}

Json reference(const char* definition) {
    return {{"$ref", std::string("#/$defs/") + definition}};
}

Json values_schema() {
    const Json plain = {{"description", "A value of the key"},
                        {"not", {{"type", "object"}, {"required", Json::array({"set"})}}}};
    return {{"type", "array"}, {"minItems", 1}, {"items", {{"anyOf", {plain, reference("case")}}}}};
}

Json axes_schema() {
    return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", values_schema()}};
}

// An object that is read as part of what follows from it.
FieldValue keys_field(Json& object, Json schema) {
    return {.read =
                [&object](const Json& json, const std::string& path) {
                    parse_keys(json, path);
                    object = json;
                },
            .write = {},
            .schema = std::move(schema)};
}

}  // namespace

void fields(Fields& f, TuneConfig& tune) {
    f.require_key("axes");
    f.value("axes", keys_field(tune.axes, axes_schema()),
            "Keys of the config, each with the values to choose from: every combination is tried");
    f.value("set", keys_field(tune.set, reference("keys")),
            "What differs in the runs that try them: fewer epochs, say");
    f.whole("seed", tune.seed, {0, std::numeric_limits<Index>::max()}, "Their seed, which no run that counts has");
}

namespace {

FieldValue tune_field(std::optional<TuneConfig>& tune) {
    return {.read = [&tune](const Json& json, const std::string& path) { tune = read_fields<TuneConfig>(json, path); },
            .write = {},
            .schema = described_fields<TuneConfig>()};
}

void visit_sweep(Fields& f, SweepSection& sweep) {
    f.value("$schema", read_later({{"type", "string"}}), "Where this schema is, for editors");
    f.value("name", folder_name_field(sweep.name),
            "The name of the comparison and of its folder in runs/; by default the file's");
    f.value("base",
            read_later({{"anyOf", {{{"type", "string"}}, {{"$ref", "schema.json"}}}}, {"default", Json::object()}}),
            "The config that every run starts from: a file, relative to this one, or the config itself");
    f.value("set", read_later(reference("keys")), "What differs from the base in every run");
    f.value("axes", read_later(axes_schema()),
            "Keys of the config, each with the values to try: every combination is run");
    f.value("list",
            read_later(
                {{"type", "array"}, {"minItems", 1}, {"items", {{"anyOf", {reference("case"), reference("keys")}}}}}),
            "Variants one by one; with axes, each of them with every combination of the axes' values");
    f.value("tune", tune_field(sweep.tune),
            "What is chosen for each variant by the validation images, before the runs that count; needs "
            "data.validation");
    f.numbers("targets", sweep.targets, {.above = 0, .most = 1},
              "Accuracies on the test set, or on the validation images if there are any: how many epochs and seconds "
              "until a run reaches each?");
}

// "^(seed|data|…)($|[.])": every key of a config but those that a run's name and its editor take.
std::string key_pattern() {
    const Json config = config_schema();
    std::string words;
    for (const auto& [key, unused] : config["properties"].items())
        if (key != "name" && key != "$schema") words += (words.empty() ? "" : "|") + key;
    return "^(" + words + ")($|[.])";
}

// The base config as written, itself valid. A path is taken from the folder of the sweep's config.
Json read_base(JsonReader& root, const std::filesystem::path& folder) {
    const Json* given = root.find("base");
    Json base = given == nullptr ? Json::object() : *given;
    if (base.is_string()) {
        const ConfigFile file(folder / base.get<std::string>(), {});
        file.read_with(parse_config);
        base = file.json();
    }
    try {
        parse_config(base);
    } catch (const ConfigError& error) {
        throw ConfigError(error.path.empty() ? "base" : "base." + error.path, error.rule);
    }
    base.erase("$schema");
    return base;
}

// What "set" and --set give to every run.
void set_for_all(Json& base, JsonReader& root, const std::vector<SweepAxis>& axes,
                 const std::vector<std::string>& overrides) {
    std::vector<std::pair<std::string, std::string>> places;  // of keys
    const auto check_set = [&](const std::string& key, const std::string& place) {
        if (const SweepAxis* axis = axis_that_sets(axes, key))
            throw ConfigError(place, "the axis " + axis->title + " sets it");
        places.emplace_back(key, place);
    };
    if (const Json* set = root.find("set"))
        for (const auto& [key, value] : parse_keys(*set, "set")) {
            check_set(key, "set." + key);
            try {
                set_key(base, key, value);
            } catch (const ConfigError& error) {
                throw ConfigError("set." + key, error.rule);
            }
        }
    for (const std::string& assignment : overrides) {
        const std::string key = override_config(base, assignment);
        check_set(key, "--set " + key);
    }
    try {
        parse_config(base);
    } catch (const ConfigError& error) {
        for (const auto& [key, place] : places)
            if (is_at_or_below(error.path, key)) throw ConfigError(place, error.rule);
        throw ConfigError("set", error.what());
    }
}

// Of several values the one that an error is about.
std::string place_of(const std::vector<const SweepAxis::Value*>& values, const std::string& key) {
    for (const SweepAxis::Value* value : values)
        for (const auto& [set, unused] : value->keys)
            if (is_at_or_below(key, set)) return value->place;
    return values.front()->place;
}

Config config_with(Json json, const std::vector<const SweepAxis::Value*>& values) {
    try {
        for (const SweepAxis::Value* value : values)
            for (const auto& [key, each] : value->keys) set_key(json, key, each);
        return parse_config(json);
    } catch (const ConfigError& error) {
        throw ConfigError(place_of(values, error.path), error.what());
    }
}

std::string fit_for_a_folder(std::string text) {
    for (char& c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && std::string("._=,+-").find(c) == std::string::npos)
            c = '-';
    return text;
}

// "norm=group,seed=1"; an axis is called by the last part of its key if no other axis has the same.
std::string name_of(const std::vector<SweepAxis>& axes, const std::vector<const SweepAxis::Value*>& values) {
    std::string name;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto same = [&](const SweepAxis& other) { return other.short_title() == axes[i].short_title(); };
        const std::string title = std::ranges::count_if(axes, same) > 1 ? axes[i].title : axes[i].short_title();
        name += (i == 0 ? "" : ",") + (title == "variant" ? "" : title + "=") + values[i]->label;
    }
    return fit_for_a_folder(name);
}

Json without_name(Json config) {
    config.erase("name");
    return config;
}

std::vector<PlannedRun> product(const std::vector<SweepAxis>& axes, const Json& base) {
    const std::string base_name = parse_config(base).name;
    std::vector<PlannedRun> runs;
    std::map<std::string, std::string> known;  // configs, and the runs that they are of
    std::set<std::string> names;
    std::vector<std::size_t> at(axes.size());
    for (bool more = true; more;) {
        std::vector<const SweepAxis::Value*> values;
        for (std::size_t i = 0; i < axes.size(); ++i) values.push_back(&axes[i].values[at[i]]);
        PlannedRun run{at, name_of(axes, values), config_with(base, values), {}};
        run.config.name = base_name + "," + run.name;
        run.full = to_json(run.config);
        const auto [same, is_new] = known.emplace(without_name(run.full).dump(), run.name);
        if (!is_new) throw ConfigError(values.front()->place, run.name + " and " + same->second + " are the same run");
        if (!names.insert(run.name).second)
            throw ConfigError(values.front()->place, "two runs would be named " + run.name);
        runs.push_back(std::move(run));
        more = false;
        for (std::size_t i = axes.size(); i-- > 0 && !more;) {  // the last axis changes quickest
            more = ++at[i] < axes[i].values.size();
            if (!more) at[i] = 0;
        }
    }
    return runs;
}

}  // namespace

Sweep parse_sweep(const Json& json, const std::filesystem::path& path, const std::vector<std::string>& overrides) {
    FieldReader reader(json, "");
    SweepSection section{.name = path.stem().string()};
    visit_sweep(reader, section);
    reader.finish();
    folder_name_field(section.name).read(Json(section.name), "name");  // the file's, too
    Sweep sweep{.name = section.name, .axes = {}, .targets = section.targets};
    JsonReader root(json, "");
    sweep.axes = parse_axes(root);
    Json base = read_base(root, path.parent_path());
    set_for_all(base, root, sweep.axes, overrides);
    sweep.runs = product(sweep.axes, base);
    sweep.json = {{"name", sweep.name}, {"base", base}};
    for (const char* key : {"list", "axes"})
        if (json.contains(key)) sweep.json[key] = json[key];
    sweep.json["targets"] = sweep.targets;
    if (!section.tune) return sweep;
    sweep.json["tune"] = json["tune"];
    sweep.tune = section.tune;
    check_tuning(sweep);
    return sweep;
}

Sweep load_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
    const ConfigFile file(path, {});
    return file.read_with([&](const Json& json) { return parse_sweep(json, path, overrides); });
}

Json sweep_schema() {
    FieldDescriber describer;
    SweepSection section;
    visit_sweep(describer, section);
    Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", "A comparison of Normlab"},
                   {"description", "A base config, and what differs from run to run. docs/comparing.md says more."}};
    schema.update(describer.schema());
    schema["anyOf"] = {{{"required", Json::array({"axes"})}}, {{"required", Json::array({"list"})}}};
    schema["$defs"]["keys"] = {{"description", "Values of the config by their keys, with dots: {\"optim.lr\": 0.1}"},
                               {"type", "object"},
                               {"minProperties", 1},
                               {"propertyNames", {{"pattern", key_pattern()}}}};
    schema["$defs"]["case"] = {
        {"description", "Several keys at once, under one name"},
        {"type", "object"},
        {"required", Json::array({"set"})},
        {"additionalProperties", false},
        {"properties",
         {{"label",
           {{"description", "What it is called; by default the value of the axis's own key"}, {"type", "string"}}},
          {"set", reference("keys")}}}};
    return schema;
}

}  // namespace normlab
