#include "lab/claims/workbench/descent.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/safetensors.h"
#include "lab/claims/workbench/numbers_json.h"

namespace normlab {
namespace {

const std::string kNet = "net.", kOptimizer = "optimizer.";
constexpr const char *kKey = "key", *kFound = "found", *kTraining = "training";

double mean_of_last(const std::vector<double>& values, std::size_t last) {
    const std::size_t count = std::min(last, values.size());
    return std::accumulate(values.end() - static_cast<std::ptrdiff_t>(count), values.end(), 0.0) /
           static_cast<double>(count);
}

Schedule schedule_of(const Recipe& recipe, Index steps) {
    if (recipe.cosine) return Schedule(CosineSchedule{.lr = recipe.rate, .total_steps = steps});
    return Schedule(ConstantSchedule{.lr = recipe.rate});
}

ParameterGroups groups_of(Module& net, const Recipe& recipe) {
    if (!recipe.rate_factor) return parameters(net);
    ParameterGroups groups;
    for (const NamedParameter& each : parameters(net)) groups.push_back({{each}, recipe.rate_factor(each)});
    return groups;
}

void add(State& all, const std::string& prefix, const State& part) {
    for (const NamedTensor& each : part.tensors) all.tensors.push_back({prefix + each.name, each.tensor});
    for (const NamedCounter& each : part.counters) all.counters.push_back({prefix + each.name, each.value});
}

State part_of(const State& all, const std::string& prefix) {
    State part;
    for (const NamedTensor& each : all.tensors)
        if (each.name.starts_with(prefix)) part.tensors.push_back({each.name.substr(prefix.size()), each.tensor});
    for (const NamedCounter& each : all.counters)
        if (each.name.starts_with(prefix)) part.counters.push_back({each.name.substr(prefix.size()), each.value});
    return part;
}

Numbers numbers_in(const State& state, const char* entry) {
    const auto text = state.metadata.find(entry);
    const auto numbers = text == state.metadata.end() ? std::nullopt : piece_from_line(text->second);
    require(numbers.has_value(), "descent", "an unfinished training has no \"", entry, "\"");
    return numbers->second;
}

}  // namespace

double Training::mean_accuracy(std::size_t last) const {
    return mean_of_last(accuracies, last);
}

std::vector<double> Training::accuracies_of(Index steps) const {
    std::vector<double> all = accuracies;
    all.resize(static_cast<std::size_t>(steps), kGuessing);
    return all;
}

Descent::Descent(Module& net, const Recipe& recipe, Index steps, std::uint64_t seed)
    : net_(net),
      steps_(steps),
      seed_(seed),
      sgd_(groups_of(net, recipe),
           {.lr = recipe.rate, .momentum = recipe.momentum, .weight_decay = recipe.weight_decay}),
      schedule_(schedule_of(recipe, steps)) {
    net_.train();
}

void Descent::step(const Objective& objective) {
    const Index step = taken();
    seed_training(net_, seed_, static_cast<std::uint64_t>(step));
    tell_progress(net_, static_cast<double>(step) / static_cast<double>(steps_));
    Tape tape;
    const Var output = net_(objective.input());
    const Var loss = objective.of_output(output);
    training_.losses.push_back(loss.value().item());
    training_.accuracies.push_back(objective.accuracy(output.value()));
    training_.diverged = !std::isfinite(training_.losses.back());
    if (training_.diverged) return;
    tape.backward(loss);
    sgd_.set_lr(schedule_.at(step));
    sgd_.step();
}

void Descent::save(const std::filesystem::path& file, const std::string& key, const Numbers& found) {
    State state;
    add(state, kNet, state_of(net_));
    add(state, kOptimizer, state_of(sgd_));
    state.metadata[kKey] = key;
    state.metadata[kFound] = line_of_piece(kFound, found);
    state.metadata[kTraining] =
        line_of_piece(kTraining, {{"losses", training_.losses}, {"accuracies", training_.accuracies}});
    write_safetensors(file, state);
}

void Descent::restore(const std::filesystem::path& file, const std::string& key, Numbers& found) {
    if (!std::filesystem::exists(file)) return;
    const State state = read_safetensors(file);
    const auto known = state.metadata.find(kKey);
    if (known == state.metadata.end() || known->second != key) return;
    load_state(net_, part_of(state, kNet));
    load_state(sgd_, part_of(state, kOptimizer));
    const Numbers training = numbers_in(state, kTraining);
    training_ = {.losses = training.at("losses"), .accuracies = training.at("accuracies")};
    found = numbers_in(state, kFound);
}

}  // namespace normlab
