// SyncBatchNorm2d: a batch norm whose batch is that of all processes which train together, not each one's part of it.
//   y = γ (x − μ) / √(σ² + ε) + β           μ, σ² of the channel, over the images of all processes
// Forward, they exchange counts, means and variances, backward two sums for each channel, so that training computes
// what one process would with the whole batch. In one process, and in evaluation, it is BatchNorm2d.
#pragma once

#include "layers/batch_norm2d.h"

namespace normlab {

class SyncBatchNorm2d : public BatchNorm2d {
  public:
    explicit SyncBatchNorm2d(const BatchNorm2dOptions& given) : BatchNorm2d("SyncBatchNorm2d", given) {}

  protected:
    SyncBatchNorm2d(const char* kind, const BatchNorm2dOptions& given) : BatchNorm2d(kind, given) {}

    Statistics statistics(const Tensor& x) const override { return statistics_of_batch(x); }
};

}  // namespace normlab
