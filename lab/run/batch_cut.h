// How a run's batches are loaded and cut, from its config and the number of ranks.
#pragma once

#include "datasets/loader.h"
#include "framework/batch_part.h"
#include "framework/collective.h"
#include "lab/config/config.h"
#include "lab/model/model_file.h"

namespace normlab {

// An Error if the ranks cannot share the replicas. It does not matter how many there are if no norm of the model looks
// at a replica's images alone; then each rank has one.
BatchCut batch_cut_of(const Config& config, Index ranks, Module& model);

LoaderOptions loader_options(const Model& model, Collective& ranks);

}  // namespace normlab
