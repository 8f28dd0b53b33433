// Made-up comparisons whose reports look like those of real ones.
#pragma once

#include "lab/compare/comparison.h"
#include "tests/lab/sample_report.h"

namespace normlab::test {

inline Comparison planned(const Json& sweep) {
    Comparison comparison{.folder = "runs/sample", .sweep = parse_sweep(sweep, "sample.json")};
    for (const PlannedRun& run : comparison.sweep.runs) comparison.runs.push_back({.folder = run.name});
    comparison.fairness = {.keys = {"model.norm", "seed"}, .shared = 12, .equal = 12, .same_images = true};
    return comparison;
}

// A run that rises to this accuracy, and one that diverges in a step.
inline void end_with(ComparedRun& run, double accuracy, Index epochs = 10) {
    run.metrics = sample_metrics(epochs, epochs);
    const double shift = accuracy - run.metrics.back().test->accuracy;
    for (EpochMetrics& each : run.metrics) each.test->accuracy = std::clamp(each.test->accuracy + shift, 0.0, 1.0);
    run.outcome = Outcome{.step = run.metrics.back().step, .parameters = 7'658, .peak_mib = 6.25};
}
inline void diverge(ComparedRun& run, Index step) {
    run.outcome = Outcome{.diverged = true, .step = step, .text = "[run] the loss is not finite", .parameters = 7'658};
}

// Norms over seeds, in one table.
inline Comparison sample_comparison(std::size_t ended, std::size_t seeds = 3) {
    Json sweep = {{"name", "norms <on digits>"},
                  {"axes", {{"model.norm", {"batch", "group", "layer", "none"}}, {"seed", Json::array()}}}};
    for (std::size_t seed = 1; seed <= seeds; ++seed) sweep["axes"]["seed"].push_back(seed);
    Comparison comparison = planned(sweep);
    for (std::size_t i = 0; i < ended; ++i) {
        const double noise = 0.004 * random_normal({11, 1}, 0, i), accuracies[] = {0.964, 0.971, 0.968, 0.88};
        end_with(comparison.runs[i], accuracies[i / seeds] + noise);
    }
    return comparison;
}

// Norms over batch sizes, or learning rates up to divergence, and seeds: batch is 6.6 points below group, less under
// the conditions that follow, and from a third of them on neither is ahead, as their seeds differ by 0.4, 0 and -0.4
// points.
inline Comparison sample_grid(const std::string& key, const std::vector<double>& values) {
    Json axis = Json::array();
    for (const double value : values)
        axis.push_back(value == std::floor(value) ? Json(static_cast<Index>(value)) : Json(value));
    Comparison comparison =
        planned({{"name", "grid"}, {"axes", {{"model.norm", {"batch", "group"}}, {key, axis}, {"seed", {1, 2, 3}}}}});
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        const auto& at = comparison.sweep.runs[i].at;
        const double place = static_cast<double>(at[1]) / static_cast<double>(values.size());
        const double ahead = at[0] == 0 ? -1 : 1, seed = 0.002 * (1 - static_cast<double>(at[2]));
        if (at[0] == 1 && at[1] + 1 == values.size() && key == "optim.lr")
            diverge(comparison.runs[i], 312 + static_cast<Index>(i));
        else
            end_with(comparison.runs[i],
                     0.965 + ahead * seed - (at[0] == 0 ? 0.066 * std::max(0.0, 1 - 3 * place) : 0));
    }
    return comparison;
}

}  // namespace normlab::test
