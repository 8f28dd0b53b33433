// Runs a sweep: whatever its folder does not hold yet. What is tuned comes first.
#pragma once

#include <functional>

#include "lab/compare/run_all.h"

namespace normlab {

// A run in the folder belongs to the sweep when its config is the same, whatever it is called; the number of threads
// and how often a checkpoint is written make no difference. Other processes may do the same at the same time: they
// share the runs.
Comparison run_comparison(const Sweep& sweep, const ComparisonOptions& options, ComparisonObserver& observer);

// What comes before the runs that count: the tuning in the folder tune/ of the comparison, with whose choices its runs
// are planned. Once its images are loaded, and before its first run, `begin` is called; from then on the comparison's
// page is kept up to date. It leaves the comparison stopped if it was.
void run_tuning(Comparison& comparison, const ComparisonOptions& options, ComparisonObserver& observer,
                const std::function<void()>& begin);

// The runs for which every value diverged are not begun: they have diverged in tuning.
void end_untunable_runs(Comparison& comparison);

}  // namespace normlab
