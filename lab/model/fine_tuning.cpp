#include "lab/model/fine_tuning.h"

#include <algorithm>

#include "framework/state.h"
#include "layers/running_statistics.h"

namespace normlab {
namespace {

// Removes from `names` those that `patterns` pick. What follows a colon is not part of the name.
std::vector<std::string> taken_out(std::vector<std::string>& names, const NamePatterns& patterns) {
    const auto stays = [&](const std::string& text) { return !matches_any(patterns, text.substr(0, text.find(':'))); };
    const auto picked = std::stable_partition(names.begin(), names.end(), stays);
    std::vector<std::string> taken(picked, names.end());
    names.erase(picked, names.end());
    return taken;
}

Differences taken_out(Differences& differences, const NamePatterns& patterns) {
    return {.missing = taken_out(differences.missing, patterns),
            .unexpected = taken_out(differences.unexpected, patterns),
            .misshapen = taken_out(differences.misshapen, patterns)};
}

bool all_begin_with(const State& state, const std::string& prefix) {
    const auto begins = [&](const auto& each) { return each.name.starts_with(prefix); };
    return !state.tensors.empty() && std::ranges::all_of(state.tensors, begins) &&
           std::ranges::all_of(state.counters, begins);
}

// A state as other programs leave it, brought to the model's names. What PyTorch wraps a model in stands before all of
// its names, and files from before its version 0.4 do not have the norms' counters.
State adapted(State state, Module& model, const std::function<void(const std::string&)>& tell) {
    const StateDict own = state_dict(model);
    for (const std::string prefix : {"module.", "_orig_mod.", "model."}) {
        if (!all_begin_with(state, prefix) || all_begin_with(state_of(own), prefix)) continue;
        for (NamedTensor& each : state.tensors) each.name.erase(0, prefix.size());
        for (NamedCounter& each : state.counters) each.name.erase(0, prefix.size());
        tell("all names in the file begin with " + prefix + ", which is left out");
    }
    Index missing = 0;
    for (const auto& [name, counter] : own.counters) {
        const std::string norm = name.substr(0, name.rfind('.'));
        const auto is_there = [](const auto& list, const std::string& wanted) {
            return std::ranges::any_of(list, [&](const auto& each) { return each.name == wanted; });
        };
        if (is_there(state.counters, name) || !is_there(state.tensors, norm + ".running_mean")) continue;
        state.counters.push_back({name, 1});
        ++missing;
    }
    if (missing > 0)
        tell("the file does not say how many batches " + std::to_string(missing) +
             (missing == 1 ? " norm has" : " norms have") + " seen: 1 is assumed");
    return state;
}

}  // namespace

void start_from_weights(Module& model, const InitConfig& init, const std::function<void(const std::string&)>& tell) {
    if (!std::filesystem::is_regular_file(*init.weights))
        throw ConfigError("init.weights", "there is no file " + init.weights->string());
    const State state = adapted(read_safetensors(*init.weights), model, tell);
    std::vector<std::string> names = names_in(model);
    for (const NamedTensor& each : state.tensors) names.push_back(each.name);
    require_each_matches(init.partial, names, "init.partial");

    Differences differences = load_matching_state(model, state);
    const Differences skipped = taken_out(differences, init.partial);
    require(differences.none(), "init", "init.weights, ", init.weights->string(),
            ", does not fit the model: ", differences.text(3),
            ". What is named in init.partial may differ: it keeps its initial weights");
    if (!skipped.none()) tell("not from " + init.weights->string() + ": " + skipped.text());
    if (!init.reset_running_stats) return;
    if (reset_running_statistics(model) == 0)
        throw ConfigError("init.reset_running_stats", "the model has no layer that keeps running statistics");
}

void freeze_norms(Module& model) {
    for (const auto& [name, module] : modules(model))
        if (module->is_norm()) module->freeze();
}

}  // namespace normlab
