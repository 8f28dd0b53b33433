// What the two files of the experiment `landscape` have in common: trainings with looks ahead.
#pragma once

#include "lab/claims/workbench/trials.h"

namespace normlab {

inline const std::string kVgg = "VGG6", kPlateau = "VGG6 from standard weights", kUnseen = "VGG6 without looks";

// What look_ahead() and check_look() see every so many steps, the "losses", and the "accuracy" in the end.
Numbers train_looking_ahead(Workbench& bench, const Run& run, std::uint64_t seed);
// A look after so many steps; of a few looks one is checked.
void look_and_check(Module& net, const Objective& objective, double rate, Index step, Numbers& found);

double late(const std::vector<double>& betas);  // the median of the later half

Evidence examine_where_smoothness_ends(Workbench& bench);

}  // namespace normlab
