// Runs a sweep: whatever its folder does not hold yet. What is tuned comes first.
#pragma once

#include "lab/compare/run_all.h"

namespace normlab {

// A run in the folder belongs to the sweep when its config is the same, whatever it is called; the number of threads
// and how often a checkpoint is written make no difference. Other processes may do the same at the same time: they
// share the runs.
Comparison run_comparison(const Sweep& sweep, const ComparisonOptions& options, ComparisonObserver& observer);

}  // namespace normlab
