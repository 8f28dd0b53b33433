#include "lab/compare/result_files.h"

#include <algorithm>
#include <cmath>

#include "lab/compare/tuning_text.h"
#include "lab/compare/verdict.h"

namespace normlab {
namespace {

// RFC 4180
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

std::string csv_row(const std::vector<std::string>& fields) {
    std::string row;
    for (std::size_t i = 0; i < fields.size(); ++i) row += (i == 0 ? "" : ",") + csv_field(fields[i]);
    return row + "\n";
}

std::string number_text(const std::optional<double>& value) {
    return value ? Json(*value).dump() : "";
}

// The keys that values of axes set besides the one that the axis is named after.
std::vector<std::string> further_keys(const Comparison& comparison) {
    std::vector<std::string> keys;
    for (const std::string& key : comparison.fairness.keys)
        if (std::ranges::find(comparison.sweep.axes, key, &SweepAxis::title) == comparison.sweep.axes.end())
            keys.push_back(key);
    return keys;
}

// What a run's axes or its tuning set a key to: a string as it is, all else as JSON; empty if the base's value stays.
std::string value_of(const Sweep& sweep, const PlannedRun& run, const std::string& key) {
    const auto text = [](const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
    for (const auto& [set, value] : run.tuned)
        if (set == key) return text(value);
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis)
        for (const auto& [set, value] : sweep.axes[axis].values[run.at[axis]].keys)
            if (set == key) return text(value);
    return "";
}

// The numbers of a run that come first. Those of the validation images are there if there are such images.
struct RunColumn {
    const char* title;
    RunNumber number;
};
std::vector<RunColumn> run_columns(const Comparison& comparison) {
    std::vector<RunColumn> columns = {{"final_accuracy", final_accuracy},
                                      {"best_accuracy", best_accuracy},
                                      {"final_loss", final_loss},
                                      {"best_loss", best_loss}};
    if (!arranged(comparison).validated) return columns;
    columns.push_back({"validation_accuracy", validation_accuracy});
    columns.push_back({"best_validation_accuracy", best_validation_accuracy});
    return columns;
}

std::vector<std::string> row_of(const Comparison& comparison, std::size_t i, const std::vector<std::string>& further) {
    const PlannedRun& plan = comparison.sweep.runs[i];
    const ComparedRun& run = comparison.runs[i];
    std::vector<std::string> row = {run.folder};
    for (std::size_t axis = 0; axis < comparison.sweep.axes.size(); ++axis)
        row.push_back(comparison.sweep.label(plan, axis));
    for (const std::string& key : further) row.push_back(value_of(comparison.sweep, plan, key));
    for (const auto& [title, number] : run_columns(comparison)) row.push_back(number_text(number(run)));
    row.push_back(std::to_string(run.metrics.empty() ? 0 : run.metrics.back().epoch));
    for (const RunNumber number : {seconds, images_per_s}) row.push_back(number_text(number(run)));
    row.push_back(number_text(run.outcome->peak_mib));
    row.push_back(std::to_string(run.outcome->parameters));
    row.push_back(run.diverged() ? "true" : "false");
    row.push_back(run.diverged() && run.outcome->step > 0 ? std::to_string(run.outcome->step) : "");
    return row;
}

Json to_json(const std::optional<Sample>& sample) {
    if (!sample) return nullptr;
    Json json = {{"n", sample->count}, {"mean", sample->mean}, {"std", nullptr}, {"ci95", nullptr}};
    if (sample->deviation) json["std"] = *sample->deviation;
    if (const auto reach = margin(*sample)) json["ci95"] = {sample->mean - *reach, sample->mean + *reach};
    return json;
}

// How long the runs of a cell took to an accuracy, of those that reached it.
Json time_to(const Cell& cell, double accuracy) {
    std::vector<double> epochs, steps, seconds;
    for (const ComparedRun* run : cell.runs)
        if (const EpochMetrics* first = run->finished() ? reached(*run, accuracy) : nullptr) {
            epochs.push_back(static_cast<double>(first->epoch));
            steps.push_back(static_cast<double>(first->step));
            seconds.push_back(first->seconds);
        }
    const auto sample = [](const std::vector<double>& values) {
        return to_json(values.empty() ? std::nullopt : std::optional(sample_of(values)));
    };
    return {{"accuracy", accuracy},
            {"reached", epochs.size()},
            {"epochs", sample(epochs)},
            {"steps", sample(steps)},
            {"seconds", sample(seconds)}};
}

Json cell_json(const Comparison& comparison, const Results& results, std::size_t variant, std::size_t condition) {
    const Cell& cell = results.cell(variant, condition);
    Json json = {{"variant", results.variants[variant]}};
    if (results.conditions.size() > 1) json["condition"] = results.condition_text(condition);
    json["seeds"] = Json::array();
    for (std::size_t i = 0; i < cell.runs.size(); ++i) json["seeds"].push_back(cell.seed(i));
    json["runs"] = cell.runs.size();
    Json steps = Json::array();
    std::size_t ended = 0;
    for (const ComparedRun* run : cell.runs) {
        ended += run->ended();
        if (run->diverged() && run->outcome->step > 0) steps.push_back(run->outcome->step);
        if (!run->ended()) continue;
        json["parameters"] = run->outcome->parameters;
        json["peak_mib"] = run->outcome->peak_mib;
    }
    json["ended"] = ended;
    json["diverged"] = cell.diverged();
    json["diverged_at_steps"] = steps;
    json["final_accuracy"] = to_json(sample_of(cell, final_accuracy));
    json["best_accuracy"] = to_json(sample_of(cell, best_accuracy));
    if (results.validated) {
        json["validation_accuracy"] = to_json(sample_of(cell, validation_accuracy));
        json["best_validation_accuracy"] = to_json(sample_of(cell, best_validation_accuracy));
    }
    json["final_loss"] = to_json(sample_of(cell, final_loss));
    json["images_per_s"] = to_json(sample_of(cell, images_per_s));
    json["seconds"] = to_json(sample_of(cell, seconds));
    json["to_accuracy"] = Json::array();
    for (const double target : comparison.sweep.targets) json["to_accuracy"].push_back(time_to(cell, target));
    return json;
}

Json to_json(const Contrast& contrast, const Results& results) {
    Json json = {{"variant", results.variants[contrast.variant]}, {"from", results.variants.front()}};
    if (results.conditions.size() > 1) json["condition"] = results.condition_text(contrast.condition);
    json["difference"] = nullptr;
    if (!contrast.difference) return json;
    json["difference"] = contrast.difference->mean;
    json["margin"] = contrast.margin();
    json["test"] = contrast.difference->paired ? "paired" : "welch";
    json["p"] = contrast.difference->p();
    json["adjusted_p"] = contrast.adjusted_p;
    json["told_apart"] = contrast.is_told_apart();
    return json;
}

// What was tried for a cell, what came of it on the validation images, and what was chosen.
Json to_json(const Tuning& tuning, const Tuning::Choice& choice) {
    const auto set_of = [&](std::size_t candidate) {
        Json set = Json::object();
        for (const auto& [key, value] : tuning.keys(candidate)) set[key] = value;
        return set;
    };
    Json json = {{"chosen", nullptr}, {"at_edge", Json::array()}, {"diverged", choice.diverged()}};
    if (choice.best) json["chosen"] = set_of(*choice.best);
    for (const auto& [axis, side] : tuning.edges(choice))
        json["at_edge"].push_back({{"key", tuning.axes[axis].title}, {"side", side}});
    json["tried"] = Json::array();
    for (std::size_t i = 0; i < choice.candidates.size(); ++i) {
        const Tuning::Candidate& candidate = choice.candidates[i];
        Json tried = {{"set", set_of(i)}, {"run", candidate.folder}, {"ended", candidate.ended}};
        tried["validation_accuracy"] = candidate.score ? Json(candidate.score->accuracy) : Json();
        tried["validation_loss"] = candidate.score ? Json(candidate.score->loss) : Json();
        tried["diverged"] = candidate.ended && !candidate.score;
        json["tried"].push_back(tried);
    }
    return json;
}

Json tuning_json(const Comparison& comparison, const Results& results) {
    const Tuning& tuning = *comparison.tuning;
    Json json = {{"seed", tuning.seed}, {"runs", tuning.runs()}, {"ended", tuning.ended()}, {"choices", Json::array()}};
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant)
        for (std::size_t condition = 0; condition < results.conditions.size(); ++condition) {
            Json cell = {{"variant", results.variants[variant]}};
            if (results.conditions.size() > 1) cell["condition"] = results.condition_text(condition);
            cell.update(to_json(tuning, choice_of(comparison, results.cell(variant, condition))));
            json["choices"].push_back(cell);
        }
    return json;
}

}  // namespace

std::string results_csv(const Comparison& comparison) {
    const std::vector<std::string> further = further_keys(comparison);
    std::vector<std::string> head = {"run"};
    for (const SweepAxis& axis : comparison.sweep.axes) head.push_back(axis.title);
    head.insert(head.end(), further.begin(), further.end());
    for (const auto& [title, number] : run_columns(comparison)) head.emplace_back(title);
    for (const char* column :
         {"epochs", "seconds", "images_per_s", "peak_mib", "parameters", "diverged", "diverged_at_step"})
        head.emplace_back(column);
    std::string text = csv_row(head);
    for (std::size_t i = 0; i < comparison.runs.size(); ++i)
        if (comparison.runs[i].ended()) text += csv_row(row_of(comparison, i, further));
    return text;
}

Json summary_json(const Comparison& comparison) {
    const Results results = arranged(comparison);
    Json json = {{"name", comparison.sweep.name},
                 {"runs", comparison.runs.size()},
                 {"ended", comparison.ended()},
                 {"variants", Json::array()},
                 {"differences", Json::array()}};
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant)
        for (std::size_t condition = 0; condition < results.conditions.size(); ++condition)
            json["variants"].push_back(cell_json(comparison, results, variant, condition));
    for (const Contrast& contrast : contrasts(results)) json["differences"].push_back(to_json(contrast, results));
    json["verdict"] = verdict(results);
    if (comparison.tuning) json["tuning"] = tuning_json(comparison, results);
    return json;
}

}  // namespace normlab
