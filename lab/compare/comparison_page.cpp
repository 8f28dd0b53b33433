#include "lab/compare/comparison_page.h"

#include <algorithm>
#include <set>

#include "framework/support/shell.h"
#include "lab/compare/time_left.h"
#include "lab/compare/verdict.h"
#include "lab/report/page.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr int kComparisonRefreshSeconds = 4;

bool is_running(const Comparison& comparison) {
    return !comparison.complete() && !comparison.stopped;
}

bool is_tuning(const Comparison& comparison) {
    return comparison.tuning && comparison.tuning->ended() < comparison.tuning->runs();
}

std::string runs_text(const Comparison& comparison) {
    if (is_tuning(comparison))
        return "tuning: " + std::to_string(comparison.tuning->ended()) + " of " +
               std::to_string(comparison.tuning->runs()) + " runs";
    return std::to_string(comparison.ended()) + " of " + std::to_string(comparison.runs.size()) + " runs";
}

// Of all runs, those of the tuning included.
double share_done(const Comparison& comparison) {
    std::size_t ended = comparison.ended(), all = comparison.runs.size();
    if (comparison.tuning) ended += comparison.tuning->ended(), all += comparison.tuning->runs();
    return static_cast<double>(ended) / static_cast<double>(all);
}

Html state(const Comparison& comparison) {
    std::string kind = "finished", title = "Finished", note = std::to_string(comparison.runs.size()) + " runs";
    const std::optional<double> left =
        is_tuning(comparison) ? comparison.tuning->seconds_left : seconds_left(comparison);
    const std::string time = left ? ", about " + duration(*left) + " left" : "";
    if (is_running(comparison))
        kind = "running", title = "Running",
        note = runs_text(comparison) + time + "; this page keeps itself up to date";
    else if (comparison.stopped)
        kind = "stopped", title = "Not finished", note = runs_text(comparison) + "; the same command continues";
    Html html = tag("p", {{"class", "state " + kind}}, tag("b", {}, title) + tag("span", {{"class", "note"}}, note));
    if (kind != "running") return html;
    return html +
           tag("div", {{"class", "progress"}}, tag("div", {{"style", "--v:" + fixed(share_done(comparison), 3)}}));
}

Html key_figures(const Comparison& comparison, const Results& results) {
    std::set<std::uint64_t> seeds;
    for (const PlannedRun& run : comparison.sweep.runs) seeds.insert(run.config.seed);
    double time = 0;
    std::size_t diverged = 0;
    for (const ComparedRun& run : comparison.runs) {
        diverged += run.diverged();
        if (!run.metrics.empty()) time += run.metrics.back().seconds;
    }
    std::vector<Figure> all = {
        {"Runs", std::to_string(comparison.ended()), "of " + std::to_string(comparison.runs.size())},
        {"Variants", std::to_string(results.variants.size()),
         seeds.size() == 1 ? "1 seed" : std::to_string(seeds.size()) + " seeds each"},
        {"Diverged", std::to_string(diverged), diverged == 1 ? "run" : "runs"},
        {"Time", duration(time), "of all runs"},
    };
    if (results.conditions.size() > 1)
        all.insert(all.begin() + 2, {"Conditions", std::to_string(results.conditions.size()), results.condition_title});
    return figures(all);
}

Html heading(const Comparison& comparison, const Results& results) {
    return tag("header", {},
               tag("p", {{"class", "over"}}, "Normlab comparison") + tag("h1", {}, comparison.sweep.name) +
                   state(comparison) + key_figures(comparison, results));
}

Html verdict_section(const Comparison& comparison, const Results& results) {
    Html sentences;
    for (const std::string& sentence : verdict(results)) sentences += tag("li", {}, sentence);
    if (sentences.empty()) return {};
    const std::string note = comparison.complete() ? "" : "From the runs so far; more are to come. ";
    return section("Verdict",
                   note +
                       "Differences are in final accuracy, in percentage points, with their 95 % intervals. Two "
                       "variants are told "
                       "apart if p, adjusted for the number of differences (Holm), is below 0.05.",
                   tag("ul", {{"class", "verdict"}}, sentences));
}

Html how_it_was_compared(const Comparison& comparison) {
    const Fairness& fairness = comparison.fairness;
    const Results results = arranged(comparison);
    Html facts = tag("li", {}, "The configs of the runs differ in " + joined(fairness.keys) + " and in nothing else.");
    if (comparison.tuning)
        facts += tag("li", {},
                     "What is tuned was chosen for each variant" +
                         std::string(results.conditions.size() > 1 ? " under each condition" : "") +
                         ", with a seed that no other run has, by the validation images.");
    if (results.validated) {
        const double share = comparison.sweep.runs.front().config.data.source.validation;
        facts += tag("li", {},
                     percent(share) +
                         " of the training images, the same for all runs, are kept out of training to "
                         "validate on. The best epoch of a run is chosen by them. " +
                         (results.tested ? "The test set was looked at once for each run, after its last step."
                                         : "The test set was not looked at."));
    }
    const std::string count = std::to_string(fairness.equal) + " of the " + std::to_string(fairness.shared);
    facts += tag("li", {},
                 "Runs with the same seed begin with the same bits in " +
                     (fairness.equal == fairness.shared ? "all " + std::to_string(fairness.shared) : count) +
                     " weight tensors that their nets share by name and shape.");
    if (fairness.same_images)
        facts += tag("li", {}, "They see the same images in the same order, with the same augmentation.");
    facts +=
        tag("li", {},
            "So runs are paired by seed: a difference between two variants is the mean of the differences within the "
            "seeds, with the paired t-test; if fewer than two seeds pair, with Welch's.");
    facts +=
        tag("li", {},
            "Intervals say what other seeds would give, not what other images would: all runs are measured on one " +
                std::string(results.tested ? "test set." : "set of validation images."));
    const std::string again = command(
        {"compare", (comparison.folder / "comparison.json").string(), "--out", comparison.folder.string() + "-again"});
    const std::string config = comparison.sweep.json.dump(2, ' ', false, Json::error_handler_t::replace);
    const Html left = tag("ul", {{"class", "facts"}}, facts) + tag("h3", {}, "Run it again") +
                      tag("pre", {{"class", "command"}}, again);
    return section("How it was compared", "",
                   tag("div", {{"class", "pair"}},
                       tag("div", {}, left) + tag("div", {}, tag("h3", {}, "Config") + tag("pre", {}, config))));
}

}  // namespace

std::string to_html(const Comparison& comparison) {
    const Results results = arranged(comparison);
    return to_html(Page{.title = comparison.sweep.name + " \u00b7 Normlab",
                        .body = heading(comparison, results) + verdict_section(comparison, results) +
                                final_accuracies(results) + tuning_section(comparison, results) +
                                comparison_curves(results) + costs(comparison, results) + all_runs(comparison) +
                                how_it_was_compared(comparison),
                        .refresh_seconds = is_running(comparison) ? kComparisonRefreshSeconds : 0});
}

}  // namespace normlab
