// A comparison: a sweep that is run, a folder for each run, and what came of it so far.
//
//   comparison.json   the sweep's config with its base inside
//   NAME/             a run's folder, and outcome.json in it once the run has ended
//   results.csv       a row for each run that has ended, summary.json (lab/compare/tables.h)
//   report.html       what to look at
//
// All that is known is in the folders of the runs, so that a comparison which was interrupted anywhere goes on where it
// was: a run that has ended is never run again, one that was cut short is resumed.
#pragma once

#include "lab/compare/fairness.h"
#include "lab/compare/outcome.h"

namespace normlab {

struct ComparedRun {
    std::string folder;  // below the comparison's
    std::vector<EpochMetrics> metrics;
    std::optional<Outcome> outcome;
    bool running = false;

    bool ended() const { return outcome.has_value(); }
    bool finished() const { return ended() && !outcome->diverged; }
    bool diverged() const { return ended() && outcome->diverged; }
};

struct Comparison {
    std::filesystem::path folder;
    Sweep sweep;
    std::vector<ComparedRun> runs;  // as in sweep.runs
    Fairness fairness;
    bool stopped = false;

    std::size_t ended() const;
    bool complete() const { return ended() == runs.size(); }
};

class ComparisonObserver {
  public:
    virtual ~ComparisonObserver() = default;
    virtual void message(const std::string&) {}
    virtual void begin(const Comparison&) {}  // what there is before the first run
    virtual void step(const Comparison&, std::size_t /*run*/, const Progress&) {}
    virtual void epoch(const Comparison&, std::size_t /*run*/) {}
    virtual void ended(const Comparison&, std::size_t /*run*/) {}
};

struct ComparisonOptions {
    std::filesystem::path out;
    std::optional<Index> threads;
    const std::atomic<bool>* stop = nullptr;
};

// Runs what has not ended yet. A run belongs to the sweep when its config is the same, whatever its folder is called;
// the number of threads and of checkpoints make no difference.
Comparison run_comparison(const Sweep& sweep, const ComparisonOptions& options, ComparisonObserver& observer);

}  // namespace normlab
