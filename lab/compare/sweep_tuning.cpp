// What tuning makes of a sweep.
#include <algorithm>

#include "lab/compare/sweep.h"

namespace normlab {
namespace {

// Where an error of a config that follows from the sweep's is in the sweep's.
std::string place_in_sweep(const std::string& path, const TuneConfig& tune) {
    if (path == "set.seed") return "tune.seed";
    if (path == "set" || path.starts_with("set.")) return "tune." + path;
    for (const auto& [key, unused] : tune.axes.items()) {
        const std::string axis = "axes." + key;
        if (path == axis || path.starts_with(axis + "[")) return "tune." + path;
    }
    return path;
}

Sweep parsed(const Json& json, const TuneConfig& tune) {
    try {
        return parse_sweep(json, "tune.json");
    } catch (const ConfigError& error) {
        throw ConfigError(place_in_sweep(error.path, tune), error.rule);
    }
}

// Every run with every value: the axes of "tune" come after those of the comparison, so they change quickest.
Json with_all_values(const Sweep& sweep) {
    Json json = sweep.json;
    json.erase("tune");
    for (const auto& [key, values] : sweep.tune->axes.items()) {
        if (json.contains("axes") && json["axes"].contains(key))
            throw ConfigError("tune.axes." + key, "is an axis of the comparison: a key is compared or tuned");
        json["axes"][key] = values;
    }
    return json;
}

}  // namespace

Sweep tuning_sweep(const Sweep& sweep) {
    Json json = with_all_values(sweep);
    json["name"] = sweep.name + "-tune";
    json["axes"].erase("seed");
    json["set"] = sweep.tune->set;
    json["set"]["seed"] = sweep.tune->seed;
    Sweep tuning = parsed(json, *sweep.tune);
    tuning.later = sweep.runs;
    return tuning;
}

void check_tuning(const Sweep& sweep) {
    parsed(with_all_values(sweep), *sweep.tune);
    const Sweep tuning = tuning_sweep(sweep);
    for (const Sweep& each : {sweep, tuning})
        for (const PlannedRun& run : each.runs)
            if (run.config.data.source.validation == 0)
                throw ConfigError("tune",
                                  "needs data.validation, a share of the training images to choose by: "
                                  "\"set\": {\"data.validation\": 0.1}");
    for (const PlannedRun& run : sweep.runs)
        if (run.config.seed == tuning.runs.front().config.seed)
            throw ConfigError("tune.seed",
                              "must be a seed that no run has that counts, unlike " + std::to_string(run.config.seed));
}

std::size_t cell_of(const Sweep& sweep, const PlannedRun& run) {
    std::size_t cell = 0;
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis)
        if (!sweep.axes[axis].is_seed()) cell = cell * sweep.axes[axis].values.size() + run.at[axis];
    return cell;
}

std::vector<PlannedRun> planned_as_tuned(const Sweep& sweep, const Tuning& tuning) {
    const Sweep all = parsed(with_all_values(sweep), *sweep.tune);
    const std::size_t candidates = tuning.candidates();
    std::vector<PlannedRun> runs = sweep.runs;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::optional<std::size_t> best = tuning.choices[cell_of(sweep, runs[i])].best;
        if (!best) continue;
        const std::string name = runs[i].config.name;
        runs[i].config = all.runs[i * candidates + *best].config;
        runs[i].config.name = name;
        runs[i].full = to_json(runs[i].config);
        runs[i].tuned = tuning.keys(*best);
    }
    return runs;
}

}  // namespace normlab
