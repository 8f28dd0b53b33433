// What curves of runs are drawn over.
#pragma once

#include "lab/report/chart.h"
#include "lab/run/metrics.h"

namespace normlab {

enum class Over { epochs, steps, seconds };

double place_of(const EpochMetrics& metrics, Over over);
// A chart without its curves. The pointers of all that are drawn over epochs or steps move together.
Chart chart_over(Over over, const std::string& title, const std::string& unit);

}  // namespace normlab
