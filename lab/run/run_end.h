// Where a run ends.
#pragma once

#include "lab/config/config.h"
#include "lab/run/metrics.h"

namespace normlab {

// Whether nothing is left to learn after so many whole epochs and steps: the run is as long as its config says, or its
// tests have not become better for train.early_stop of them.
inline bool is_over(const TrainConfig& train, Index epoch, Index step, const std::vector<EpochMetrics>& metrics) {
    return (train.steps ? step >= *train.steps : epoch >= train.epochs) || are_stale(metrics, train.early_stop);
}

}  // namespace normlab
