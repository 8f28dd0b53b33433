// GhostBatchNorm2d: a batch norm over small parts of a large batch (Hoffer, Hubara, Soudry 2017).
//   y = γ (x − μ_g) / √(σ_g² + ε) + β       μ_g, σ_g² of the channel, over the virtual_batch_size images of part g
//   running = (1 − m)·running + m·part      for each part, in order
// This brings the noise of small batches' statistics, which helps generalization, back to large ones. The last part
// holds the remainder of the batch, or of what each process has of it. Evaluation is that of BatchNorm2d, with the
// running statistics.
#pragma once

#include "layers/batch_norm2d.h"

namespace normlab {

struct GhostBatchNorm2dOptions {
    BatchNorm2dOptions batch;
    Index virtual_batch_size = 32;
};

class GhostBatchNorm2d : public BatchNorm2d {
  public:
    explicit GhostBatchNorm2d(const GhostBatchNorm2dOptions& options);

    Index virtual_batch_size;

  protected:
    Statistics statistics(const Tensor& x) const override;
    void follow(const Statistics& batch) override;
};

}  // namespace normlab
