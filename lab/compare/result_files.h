// The files that a comparison leaves for other programs.
#pragma once

#include "lab/compare/comparison.h"

namespace normlab {

// A row for each run that has ended:
//   run, the axes and all other keys that they set or that are tuned, final_accuracy, best_accuracy, final_loss,
//   best_loss, with validation images validation_accuracy and best_validation_accuracy, epochs, seconds, images_per_s,
//   peak_mib, parameters, diverged (true or false), diverged_at_step
// Values that a diverged run does not have, and keys that only the base sets, are empty.
std::string results_csv(const Comparison& comparison);

// For each variant, under each condition: mean, standard deviation and 95 % interval over the seeds, of the runs that
// finished; the verdict with the differences that it rests on; and what was tuned.
Json summary_json(const Comparison& comparison);

}  // namespace normlab
