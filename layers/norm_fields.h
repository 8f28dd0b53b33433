// Options that several norms have, listed once.
#pragma once

#include "framework/support/fields.h"

namespace normlab {

inline constexpr const char *kAboutEps = "Added to the variance",
                            *kAboutAffine = "A scale and an offset for each channel are learned",
                            *kAboutMomentum = "A new batch's share in the running statistics; null: cumulative",
                            *kAboutTracking = "Evaluation uses running statistics";

// What is learned or kept has a number to start from; what is not has none.
void gamma_init_field(Fields& f, double& gamma, bool learned);
void beta_init_field(Fields& f, double& beta, bool learned);
void running_init_fields(Fields& f, double& mean, double& variance, bool kept);

}  // namespace normlab
