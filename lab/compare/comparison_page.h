// report.html of a comparison, and its parts in reading order.
#pragma once

#include "lab/compare/results.h"
#include "lab/report/html.h"

namespace normlab {

std::string to_html(const Comparison& comparison);

Html tuning_section(const Comparison& comparison, const Results& results);  // empty if nothing is tuned
Html comparison_curves(const Results& results);                             // over epochs and over seconds
Html final_accuracies(const Results& results);  // with intervals; over the conditions, where there are several
Html costs(const Comparison& comparison, const Results& results);
Html all_runs(const Comparison& comparison);

}  // namespace normlab
