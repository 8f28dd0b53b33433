#include <algorithm>

#include "lab/compare/comparison_page.h"
#include "lab/report/page.h"
#include "lab/report/scale.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

std::string ms_per_step(const Cell& cell, double speed) {
    const Config& config = cell.plans.front()->config;
    const auto images = static_cast<double>(config.data.batch_size * config.train.accumulate);
    return significant(1000 * images / speed, 3);
}

const ComparedRun* one_that_ended(const Cell& cell) {
    const auto found = std::ranges::find_if(cell.runs, [](const ComparedRun* run) { return run->ended(); });
    return found == cell.runs.end() ? nullptr : *found;
}

// The targets that some run has reached, but not every run in its first test.
std::vector<double> telling_targets(const Comparison& comparison) {
    std::vector<double> telling;
    for (const double target : comparison.sweep.targets) {
        bool some = false, at_once = true;
        for (const ComparedRun& run : comparison.runs)
            if (run.finished()) {
                const EpochMetrics* first = reached(run, target);
                some = some || first != nullptr;
                at_once = at_once && first != nullptr && first == &run.metrics.front();
            }
        if (some && !at_once) telling.push_back(target);
    }
    return telling;
}

// "3.3 / 12 s": epochs or steps, and seconds, of the runs that reached it.
std::string time_needed_for(const Cell& cell, double target, bool in_epochs) {
    std::vector<double> places, seconds;
    std::size_t finished = 0;
    for (const ComparedRun* run : cell.runs) {
        if (!run->finished()) continue;
        ++finished;
        if (const EpochMetrics* first = reached(*run, target)) {
            places.push_back(static_cast<double>(place_of(*first, in_epochs)));
            seconds.push_back(first->seconds);
        }
    }
    if (places.empty()) return finished == 0 ? "" : "not reached";
    const double mean = sample_of(places).mean, time = sample_of(seconds).mean;
    const std::string text = significant(mean, 3) + " / " + fixed(time, time < 100 ? 1 : 0) + " s";
    if (places.size() == finished) return text;
    return std::to_string(places.size()) + " of " + std::to_string(finished) + ": " + text;
}

std::string state_of(const ComparedRun& run) {
    if (run.diverged()) return "diverged " + run.outcome->where();
    if (run.finished()) return "finished";
    if (run.running) return "running";
    return run.metrics.empty() ? "waiting" : "not finished";
}

}  // namespace

Html costs(const Comparison& comparison, const Results& results) {
    const std::vector<double> targets = telling_targets(comparison);
    const bool in_epochs = are_of_epochs(comparison.runs);
    PlainTable table{.columns = {{"Variant"}}, .stacks = true};
    if (results.conditions.size() > 1) table.columns.push_back({capitalized(results.condition_column())});
    for (const char* title : {"Parameters", "ms a step", "Images/s", "MiB a step"})
        table.columns.push_back({title, true});
    for (const double target : targets) table.columns.push_back({"To " + significant(100 * target) + " %", true});
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant)
        for (std::size_t condition = 0; condition < results.conditions.size(); ++condition) {
            const Cell& cell = results.cell(variant, condition);
            const ComparedRun* run = one_that_ended(cell);
            if (run == nullptr) continue;
            std::vector<Html> row = {results.variants[variant]};
            if (results.conditions.size() > 1) row.emplace_back(results.conditions[condition]);
            const auto speed = sample_of(cell, images_per_s);
            row.emplace_back(grouped(run->outcome->parameters));
            row.emplace_back(speed ? ms_per_step(cell, speed->mean) : "");
            row.emplace_back(speed ? significant(speed->mean) : "");
            row.emplace_back(fixed(run->outcome->peak_mib, 1));
            for (const double target : targets) row.emplace_back(time_needed_for(cell, target, in_epochs));
            table.rows.push_back(row);
        }
    if (table.rows.empty()) return {};
    return section("Cost",
                   "Speed is that of learning on this machine, the mean over the seeds of the median " +
                       std::string(in_epochs ? "epoch" : "between two tests") +
                       ". Memory is what a training step takes at its peak: weights, gradients, the optimizer's state, "
                       "activations, work space. A column for an accuracy on the " +
                       results.judge() + " has the " + (in_epochs ? "epochs" : "steps") +
                       " / seconds until it is reached, the means of the runs that reach it.",
                   to_html(table));
}

Html all_runs(const Comparison& comparison) {
    const bool in_epochs = are_of_epochs(comparison.runs), validated = arranged(comparison).validated;
    PlainTable table{.columns = {{"Run"},
                                 {"State"},
                                 {in_epochs ? "Epochs" : "Steps", true},
                                 {"Final", true},
                                 {"Best", true},
                                 {"Loss", true},
                                 {"Time", true}},
                     .stacks = true};
    const std::string about = !validated ? ""
                              : comparison.sweep.tunes()
                                  ? "All accuracies are those of the validation images. "
                                  : "Final and best are accuracies on the test set, looked at in the end: of the last "
                                    "weights, and of those that were best on the validation images. ";
    if (validated) table.columns.insert(table.columns.begin() + 3, {"Validation", true});
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        const ComparedRun& run = comparison.runs[i];
        const std::string& called = run.folder.empty() ? comparison.sweep.runs[i].name : run.folder;
        const Html name =
            run.metrics.empty() ? Html(called) : tag("a", {{"href", address(run.folder + "/report.html")}}, run.folder);
        const auto final = final_accuracy(run), best = best_accuracy(run), loss = final_loss(run);
        const Index place = run.metrics.empty() ? 0 : place_of(run.metrics.back(), in_epochs);
        table.rows.push_back({name, state_of(run), std::to_string(place), final ? percent(*final) : "",
                              best ? percent(*best) : "", loss ? significant(*loss, 3) : "",
                              run.metrics.empty() ? "" : duration(run.metrics.back().seconds)});
        if (!validated) continue;
        const Html judged = run.metrics.empty() ? "" : percent(run.metrics.back().judged().accuracy);
        table.rows.back().insert(table.rows.back().begin() + 3, judged);
    }
    return section("All runs", about + "Each has its own report. results.csv beside this page has them as a table.",
                   to_html(table));
}

}  // namespace normlab
