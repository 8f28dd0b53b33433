#include "lab/run/training_loss.h"

#include "framework/ops/arithmetic.h"

namespace normlab {

Var training_loss(const Var& logits, const Batch& batch, double label_smoothing,
                  std::span<const double> class_weights) {
    const auto with = [&](const Labels& labels) {
        return cross_entropy(logits, labels, label_smoothing, class_weights);
    };
    if (batch.second_labels.empty()) return with(batch.labels);
    return scale(with(batch.labels), batch.share) + scale(with(batch.second_labels), 1 - batch.share);
}

}  // namespace normlab
