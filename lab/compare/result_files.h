// The files that a comparison leaves for other programs.
#pragma once

#include "lab/compare/comparison.h"

namespace normlab {

// A row for each run that has ended:
//   run, the axes and all other keys that they set, final_accuracy, best_accuracy, final_loss, best_loss, epochs,
//   seconds, images_per_s, peak_mib, parameters, diverged (true or false), diverged_at_step
// What a run that diverged does not have is empty, and so is a key that the base sets.
std::string results_csv(const Comparison& comparison);

// For each variant, under each condition: mean, standard deviation and 95 % interval over the seeds, of the runs that
// came to their end; and the verdict with the differences behind it.
Json summary_json(const Comparison& comparison);

}  // namespace normlab
