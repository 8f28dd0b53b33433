#include "lab/compare/tune.h"

#include <algorithm>

#include "lab/compare/comparison.h"

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

std::size_t combinations(const std::vector<SweepAxis>& axes) {
    std::size_t count = 1;
    for (const SweepAxis& axis : axes) count *= axis.values.size();
    return count;
}

std::optional<std::size_t> best_of(const std::vector<Tuning::Candidate>& candidates) {
    std::optional<std::size_t> best;
    const auto rank = [&](std::size_t i) {
        return std::pair(candidates[i].score->accuracy, -candidates[i].score->loss);
    };
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (candidates[i].score && (!best || rank(i) > rank(*best))) best = i;
    return best;
}

}  // namespace

bool Tuning::Choice::ended() const {
    return std::ranges::all_of(candidates, &Candidate::ended);
}

std::size_t Tuning::runs() const {
    return choices.size() * combinations(axes);
}

std::size_t Tuning::ended() const {
    std::size_t count = 0;
    for (const Choice& choice : choices)
        count += static_cast<std::size_t>(std::ranges::count_if(choice.candidates, &Candidate::ended));
    return count;
}

const SweepAxis::Value& Tuning::value(std::size_t candidate, std::size_t axis) const {
    for (std::size_t later = axes.size() - 1; later > axis; --later) candidate /= axes[later].values.size();
    return axes[axis].values[candidate % axes[axis].values.size()];
}

std::string Tuning::label(std::size_t candidate) const {
    std::string text;
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
        text += (axis == 0 ? "" : ", ") + value(candidate, axis).label;
    return text;
}

KeyValues Tuning::keys(std::size_t candidate) const {
    KeyValues keys;
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
        for (const auto& each : value(candidate, axis).keys) keys.push_back(each);
    return keys;
}

std::vector<Tuning::Edge> Tuning::edges(const Choice& choice) const {
    std::vector<Edge> edges;
    for (std::size_t axis = 0; axis < axes.size() && choice.best; ++axis) {
        if (!axes[axis].is_numeric() || axes[axis].values.size() < 2) continue;
        std::vector<double> numbers;
        for (const SweepAxis::Value& each : axes[axis].values) numbers.push_back(*each.number());
        const double chosen = *value(*choice.best, axis).number();
        if (chosen == std::ranges::min(numbers)) edges.push_back({axis, "smallest"});
        if (chosen == std::ranges::max(numbers)) edges.push_back({axis, "largest"});
    }
    return edges;
}

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

Tuning tuning_of(const Sweep& sweep, const Comparison& tuned) {
    const std::vector<SweepAxis>& axes = tuned.sweep.axes;
    Tuning tuning{.seed = tuned.sweep.runs.front().config.seed,
                  .axes = {axes.end() - static_cast<std::ptrdiff_t>(sweep.tune->axes.size()), axes.end()}};
    const std::size_t candidates = combinations(tuning.axes);
    tuning.choices.resize(tuned.runs.size() / candidates);
    for (std::size_t i = 0; i < sweep.runs.size(); ++i) tuning.choices[cell_of(sweep, sweep.runs[i])].run = i;
    for (std::size_t i = 0; i < tuned.runs.size(); ++i) {
        const ComparedRun& run = tuned.runs[i];
        Tuning::Candidate candidate{.folder = (tuned.folder.filename() / run.folder).string(), .ended = run.ended()};
        if (run.finished()) candidate.score = run.metrics.back().judged();
        tuning.choices[i / candidates].candidates.push_back(candidate);
    }
    for (Tuning::Choice& choice : tuning.choices)
        if (choice.ended()) choice.best = best_of(choice.candidates);
    return tuning;
}

std::vector<PlannedRun> planned_as_tuned(const Sweep& sweep, const Tuning& tuning) {
    const Sweep all = parsed(with_all_values(sweep), *sweep.tune);
    const std::size_t candidates = combinations(tuning.axes);
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
