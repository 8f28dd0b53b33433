// What the two files of the experiment `shift` have in common: trainings with noise, and with looks at the layers
// below.
#pragma once

#include "lab/claims/workbench/trials.h"

namespace normlab {

// On CIFAR-10 both measurements are made in the same trainings, which take hours.
inline const std::string kVggOnCifar10 = "VGG on CIFAR-10";
inline constexpr double kRateOnCifar10 = 0.1;
Numbers train_in_noise(Workbench& bench, const Run& run, std::uint64_t seed);

// Named and coloured after the run's norm.
Plot::Curve over_steps(const Run& run, const std::vector<double>& y, double steps);

Evidence examine_steps_below(Workbench& bench);  // definition 2.1

}  // namespace normlab
