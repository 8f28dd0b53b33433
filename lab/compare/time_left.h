// How long a comparison will take yet, judged by its runs so far.
#pragma once

#include <map>

#include "lab/compare/comparison.h"
#include "lab/run/observer.h"

namespace normlab {

// How far the runs are that train at the moment.
using RunsNow = std::map<std::size_t, Progress>;

// Seconds until all runs have ended, those that follow a tuning included. A run takes as long as those with the same
// model and data do, as far as there are any, or else as all others do; one that is known to be training, what it says
// itself. Empty while there is nothing to judge by.
std::optional<double> seconds_left(const Comparison& comparison, const RunsNow& now = {});

}  // namespace normlab
