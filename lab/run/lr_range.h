// A learning-rate range test (Smith 2015, "Cyclical learning rates for training neural networks"): while a model
// learns, the rate grows by the same factor from step to step, and the loss shows what it tolerates. A step
// learns from one batch, whatever train.accumulate says. Nothing is kept of it.
#pragma once

#include "lab/config/config.h"

namespace normlab {

struct LrStep {
    double lr = 0, loss = 0;
    double smooth = 0;  // the running mean of the loss, with 1/10 for the newest
};

// From kLeastLr to kMostLr in so many steps; it ends early where the loss is kBlownUp times its least.
inline constexpr double kLeastLr = 1e-6, kMostLr = 10, kBlownUp = 4;
std::vector<LrStep> test_learning_rates(const Config& config, const ImageSet& train, Index steps);

const LrStep& lowest(const std::vector<LrStep>& steps);    // where the smooth loss is least
const LrStep& steepest(const std::vector<LrStep>& steps);  // where it falls fastest, over the logarithm of the rate

}  // namespace normlab
