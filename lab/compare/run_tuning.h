// Tunes a comparison before its runs.
#pragma once

#include <functional>

#include "lab/compare/run_comparison.h"

namespace normlab {

// Runs the tuning in the folder tune/ of the comparison, and plans the runs of the comparison with what it chose.
// Meanwhile `write` brings the comparison's page up to date. It leaves the comparison stopped if it was.
void run_tuning(Comparison& comparison, const ComparisonOptions& options, ComparisonObserver& observer,
                const std::function<void()>& write);

// The runs for which every value diverged are not begun: they have diverged in tuning.
void end_untunable_runs(Comparison& comparison);

}  // namespace normlab
