// Tunes a comparison before its runs.
#include <algorithm>

#include "lab/compare/run_comparison.h"
#include "lab/compare/time_left.h"

namespace normlab {
namespace {

std::optional<std::size_t> best_of(const std::vector<Tuning::Candidate>& candidates) {
    std::optional<std::size_t> best;
    const auto rank = [&](std::size_t i) {
        return std::pair(candidates[i].score->accuracy, -candidates[i].score->loss);
    };
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (candidates[i].score && (!best || rank(i) > rank(*best))) best = i;
    return best;
}

// What the runs of the tuning have come to so far.
Tuning tuning_of(const Sweep& sweep, const Comparison& tuned) {
    const std::vector<SweepAxis>& axes = tuned.sweep.axes;
    Tuning tuning{.seed = tuned.sweep.runs.front().config.seed,
                  .axes = {axes.end() - static_cast<std::ptrdiff_t>(sweep.tune->axes.size()), axes.end()}};
    const std::size_t candidates = tuning.candidates();
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

// Passes on what the tuning reports, and keeps what it has come to.
class TuningObserver : public ComparisonObserver {
  public:
    TuningObserver(Comparison& comparison, const std::function<void()>& begin, ComparisonObserver& next)
        : comparison_(comparison), begin_(begin), next_(next) {}

    void message(const std::string& text) override { next_.message("tuning: " + text); }
    void warning(const std::string& text) override { next_.warning("tuning: " + text); }
    void begin(const Comparison& tuned) override {
        begin_();
        take(tuned);
        next_.begin(tuned);
    }
    void step(const Comparison& tuned, std::size_t run, const Progress& progress) override {
        next_.step(tuned, run, progress);
    }
    void epoch(const Comparison& tuned, std::size_t run) override { next_.epoch(tuned, run); }
    void ended(const Comparison& tuned, std::size_t run) override {
        take(tuned);
        next_.ended(tuned, run);
    }

  private:
    void take(const Comparison& tuned) {
        comparison_.tuning = tuning_of(comparison_.sweep, tuned);
        comparison_.tuning->seconds_left = seconds_left(tuned);
        write_page(comparison_);
    }
    Comparison& comparison_;
    const std::function<void()>& begin_;
    ComparisonObserver& next_;
};

}  // namespace

void run_tuning(Comparison& comparison, const ComparisonOptions& options, ComparisonObserver& observer,
                const std::function<void()>& begin) {
    ComparisonOptions within = options;
    within.out = options.out / "tune";
    TuningObserver listener(comparison, begin, observer);
    const Comparison tuned = run_comparison(tuning_sweep(comparison.sweep), within, listener);
    comparison.tuning = tuning_of(comparison.sweep, tuned);
    comparison.stopped = tuned.stopped;
    if (comparison.stopped) {
        write_page(comparison);
        return;
    }
    comparison.sweep.runs = planned_as_tuned(comparison.sweep, *comparison.tuning);
    comparison.fairness = fairness_of(comparison.sweep, comparison.tuning->axes);
}

void end_untunable_runs(Comparison& comparison) {
    for (std::size_t i = 0; i < comparison.runs.size() && comparison.tuning; ++i) {
        const PlannedRun& plan = comparison.sweep.runs[i];
        if (!comparison.tuning->choices[cell_of(comparison.sweep, plan)].diverged()) continue;
        Outcome outcome = outcome_of(plan.config, 0);
        outcome.diverged = true;
        outcome.text = "every value that was tried in tuning diverged";
        comparison.runs[i] = {.folder = comparison.runs[i].folder, .metrics = {}, .outcome = outcome};
    }
}

}  // namespace normlab
