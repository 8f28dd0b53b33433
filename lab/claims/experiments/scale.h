// What the two files of the experiment `scale` have in common: the weights that a norm follows, all but the last
// layer's.
#pragma once

#include "lab/claims/workbench/trials.h"
#include "lab/claims/workbench/weights.h"

namespace normlab {

bool is_hidden(const Weights& all, std::size_t part);
double hidden_length(const Weights& all);  // of all of them together

Evidence examine_growth_of_weights(Workbench& bench);

}  // namespace normlab
