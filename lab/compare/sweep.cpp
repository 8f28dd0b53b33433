#include "lab/compare/sweep.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "lab/config/config_file.h"

namespace normlab {
namespace {

const std::vector<double> kTargets = {0.5, 0.9, 0.95, 0.99};

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
    JsonReader root(json, "");
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
