// How a run's batches are cut, from its config and the number of ranks.
#pragma once

#include "framework/batch_part.h"
#include "lab/config/config.h"

namespace normlab {

// An Error if the ranks cannot share the replicas. It does not matter how many there are if no norm of the model looks
// at a replica's images alone; then each rank has one.
BatchCut batch_cut_of(const Config& config, Index ranks, Module& model);

}  // namespace normlab
