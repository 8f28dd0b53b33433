#include "lab/compare/sweep.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "lab/config_file.h"
#include "lab/table.h"

namespace normlab {
namespace {

constexpr std::size_t kLongestLabel = 40;
const std::vector<double> kTargets = {0.5, 0.9, 0.95, 0.99};

std::string last_part(const std::string& key) {
    return key.substr(key.rfind('.') + 1);
}

// "group groups=4" for {"type": "group", "groups": 4}
std::string label_of(const Json& value) {
    std::string text;
    if (value.is_string()) text = value.get<std::string>();
    if (value.is_object())
        for (const auto& [key, each] : value.items())
            text += (text.empty() ? "" : " ") + (key == "type" ? "" : key + "=") + label_of(each);
    if (text.empty()) text = value.dump();
    return shortened(text, kLongestLabel);
}

void require_no_name(const std::string& key, const std::string& path) {
    if (key == "name") throw ConfigError(path + ".name", "the runs of a sweep get their names from it");
}

// The keys that an axis' value or the whole sweep sets.
std::vector<std::pair<std::string, Json>> keys_of(const Json& object, const std::string& path) {
    if (!object.is_object() || object.empty()) throw ConfigError(path, "expected {\"KEY\": VALUE, ...}");
    std::vector<std::pair<std::string, Json>> keys;
    for (const auto& [key, value] : object.items()) {
        require_no_name(key, path);
        keys.emplace_back(key, value);
    }
    return keys;
}

SweepAxis::Value parse_case(const Json& json, const std::string& title, const std::string& path) {
    Options options(json, path);
    const Json* set = options.find("set");
    SweepAxis::Value value{.keys = keys_of(*set, options.path_of("set")), .place = path};
    const auto own = std::ranges::find(value.keys, title, &std::pair<std::string, Json>::first);
    value.label = own == value.keys.end() ? options.get<std::string>("label")
                                          : options.get<std::string>("label", label_of(own->second));
    options.finish();
    return value;
}

bool is_case(const Json& json) {
    return json.is_object() && json.contains("set");
}

const Json& nonempty_list(const Json& json, const std::string& path) {
    if (!json.is_array() || json.empty()) throw ConfigError(path, "expected a list of values");
    return json;
}

void require_different_labels(const SweepAxis& axis) {
    for (std::size_t i = 0; i < axis.values.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (axis.values[i].label == axis.values[j].label)
                throw ConfigError(axis.values[i].place, "is called \"" + axis.values[i].label + "\", like " +
                                                            axis.values[j].place +
                                                            "; {\"label\": ..., \"set\": {...}} gives it a name");
}

SweepAxis parse_axis(const std::string& key, const Json& json) {
    require_no_name(key, "axes");
    const std::string path = "axes." + key;
    SweepAxis axis{key, {}};
    for (std::size_t i = 0; i < nonempty_list(json, path).size(); ++i) {
        const std::string place = path + "[" + std::to_string(i) + "]";
        axis.values.push_back(is_case(json[i]) ? parse_case(json[i], key, place)
                                               : SweepAxis::Value{label_of(json[i]), {{key, json[i]}}, place});
    }
    require_different_labels(axis);
    return axis;
}

SweepAxis parse_list(const Json& json) {
    SweepAxis axis{"variant", {}};
    for (std::size_t i = 0; i < nonempty_list(json, "list").size(); ++i) {
        const std::string place = "list[" + std::to_string(i) + "]";
        if (is_case(json[i])) {
            axis.values.push_back(parse_case(json[i], "", place));
            continue;
        }
        SweepAxis::Value value{"", keys_of(json[i], place), place};
        for (const auto& [key, each] : value.keys)
            value.label += (value.label.empty() ? "" : ",") + last_part(key) + "=" + label_of(each);
        axis.values.push_back(value);
    }
    require_different_labels(axis);
    return axis;
}

// Which axis sets a key, or what it is in.
const SweepAxis* axis_that_sets(const std::vector<SweepAxis>& axes, const std::string& key) {
    for (const SweepAxis& axis : axes)
        for (const SweepAxis::Value& value : axis.values)
            for (const auto& [other, unused] : value.keys)
                if (is_at_or_below(key, other)) return &axis;
    return nullptr;
}

// In any order: one axis may not reach into what another sets.
void require_apart(const std::vector<SweepAxis>& axes) {
    for (const SweepAxis& axis : axes)
        for (const SweepAxis::Value& value : axis.values)
            for (const auto& [key, unused] : value.keys) {
                std::vector<SweepAxis> others = axes;
                std::erase_if(others, [&](const SweepAxis& other) { return other.title == axis.title; });
                if (const SweepAxis* other = axis_that_sets(others, key))
                    throw ConfigError(value.place, "sets " + key + ", and so does the axis " + other->title);
            }
}

std::vector<SweepAxis> parse_axes(Options& root) {
    std::vector<SweepAxis> axes;
    if (const Json* list = root.find("list")) axes.push_back(parse_list(*list));
    if (const Json* object = root.find("axes")) {
        if (!object->is_object()) throw ConfigError("axes", "expected {\"KEY\": [VALUE, ...], ...}");
        for (const auto& [key, values] : object->items()) axes.push_back(parse_axis(key, values));
    }
    if (axes.empty()) throw ConfigError("", "needs \"axes\" or a \"list\": what is to be compared");
    require_apart(axes);
    return axes;
}

// The base config as written, itself valid. A path is taken from the folder of the sweep's config.
Json read_base(Options& root, const std::filesystem::path& folder) {
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
void set_for_all(Json& base, Options& root, const std::vector<SweepAxis>& axes,
                 const std::vector<std::string>& overrides) {
    std::vector<std::pair<std::string, std::string>> places;  // of keys
    const auto check_set = [&](const std::string& key, const std::string& place) {
        if (const SweepAxis* axis = axis_that_sets(axes, key))
            throw ConfigError(place, "the axis " + axis->title + " sets it");
        places.emplace_back(key, place);
    };
    if (const Json* set = root.find("set"))
        for (const auto& [key, value] : keys_of(*set, "set")) {
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

// "norm=group,seed=1"; an axis is called by the last part of its key where that tells it from the others.
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
    std::vector<std::size_t> at(axes.size());
    for (bool more = true; more;) {
        std::vector<const SweepAxis::Value*> values;
        for (std::size_t i = 0; i < axes.size(); ++i) values.push_back(&axes[i].values[at[i]]);
        PlannedRun run{at, name_of(axes, values), config_with(base, values), {}};
        run.config.name = base_name + "," + run.name;
        run.full = to_json(run.config);
        for (const PlannedRun& other : runs) {
            if (without_name(other.full) == without_name(run.full))
                throw ConfigError(values.front()->place, run.name + " and " + other.name + " are the same run");
            if (other.name == run.name) throw ConfigError(values.front()->place, "two runs would be named " + run.name);
        }
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

std::optional<double> SweepAxis::Value::number() const {
    double value = 0;
    const auto [end, problem] = std::from_chars(label.data(), label.data() + label.size(), value);
    const bool whole = problem == std::errc() && end == label.data() + label.size();
    return whole ? std::optional(value) : std::nullopt;
}

bool SweepAxis::is_numeric() const {
    return std::ranges::all_of(values, [](const Value& value) { return value.number().has_value(); });
}

std::string SweepAxis::short_title() const {
    return last_part(title);
}

std::string SweepAxis::words() const {
    std::string text = short_title();
    if (text == "lr") return "learning rate";
    std::ranges::replace(text, '_', ' ');
    return text;
}

Sweep parse_sweep(const Json& json, const std::filesystem::path& path, const std::vector<std::string>& overrides) {
    Options root(json, "");
    for (const char* key : {"$schema", "base", "set", "axes", "list", "targets", "name"}) root.find(key);
    root.finish();
    Sweep sweep{.name = root.get<std::string>("name", path.stem().string())};
    if (!is_fit_for_a_folder(sweep.name))
        throw ConfigError("name", "must be fit for the name of a folder, got \"" + sweep.name + "\"");
    sweep.targets = root.get("targets", kTargets);
    for (std::size_t i = 0; i < sweep.targets.size(); ++i)
        if (!(sweep.targets[i] > 0 && sweep.targets[i] <= 1))
            throw ConfigError("targets[" + std::to_string(i) + "]", "must be an accuracy above 0 and at most 1");
    sweep.axes = parse_axes(root);
    Json base = read_base(root, path.parent_path());
    set_for_all(base, root, sweep.axes, overrides);
    sweep.runs = product(sweep.axes, base);
    sweep.json = {{"name", sweep.name}, {"base", base}};
    for (const char* key : {"list", "axes"})
        if (json.contains(key)) sweep.json[key] = json[key];
    sweep.json["targets"] = sweep.targets;
    return sweep;
}

Sweep load_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
    const ConfigFile file(path, {});
    return file.read_with([&](const Json& json) { return parse_sweep(json, path, overrides); });
}

}  // namespace normlab
