// A comparison: a sweep, a folder for each of its runs, and their results so far.
//
//   comparison.json   the sweep's config with its base inside
//   tune/             if values are tuned: the comparison that chooses them
//   NAME/             a run's folder, and outcome.json in it once the run has ended
//   results.csv       a row for each run that has ended
//   summary.json      means, intervals and differences (both: lab/compare/result_files.h)
//   report.html       a page to look at
//
// The folders of the runs hold all that is known, so that a comparison can be interrupted anywhere: a run that has
// ended is never run again, one that was cut short is resumed.
#pragma once

#include <algorithm>

#include "lab/compare/fairness.h"
#include "lab/compare/outcome.h"
#include "lab/compare/tune.h"

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
    std::optional<Tuning> tuning = {};  // what came before
    std::size_t at_once = 1;            // runs that train beside each other
    bool stopped = false;

    std::size_t ended() const { return static_cast<std::size_t>(std::ranges::count_if(runs, &ComparedRun::ended)); }
    bool complete() const { return ended() == runs.size(); }
};

}  // namespace normlab
