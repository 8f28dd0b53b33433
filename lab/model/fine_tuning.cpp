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

}  // namespace

void start_from_weights(Module& model, const InitConfig& init, const std::function<void(const std::string&)>& tell) {
    if (!std::filesystem::is_regular_file(*init.weights))
        throw ConfigError("init.weights", "there is no file " + init.weights->string());
    const State state = read_safetensors(*init.weights);
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
