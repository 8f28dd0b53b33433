// What training minimizes.
#pragma once

#include <span>

#include "datasets/batch.h"
#include "framework/ops/loss.h"

namespace normlab {

// The cross-entropy, of mixtures the mixture of those with both labels.
Var training_loss(const Var& logits, const Batch& batch, double label_smoothing, std::span<const double> class_weights);

}  // namespace normlab
