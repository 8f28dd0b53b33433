// BatchRenorm2d: a batch norm that in training, too, normalizes as evaluation will (Ioffe 2017).
//   y = γ (r x̂ + d) + β,   x̂ = (x − μ_B) / σ_B        μ_B, σ_B of the batch, μ, σ the running ones, σ² = var + ε
//   r = σ_B/σ within [1/r_max, r_max],   d = (μ_B − μ)/σ within ±d_max
// r and d are constants: no gradient flows through them. Where neither is clipped y is γ (x − μ)/σ + β, which small
// batches do not disturb; with r_max = 1, d_max = 0 it is batch norm. The limits start there and are relaxed as the run
// proceeds, by default in the paper's proportions (after 5,000, 25,000 and 40,000 of some 130,000 steps). Evaluation is
// that of BatchNorm2d, with the running statistics. The batch is that of all processes, as in SyncBatchNorm2d.
#pragma once

#include "layers/sync_batch_norm2d.h"

namespace normlab {

struct BatchRenorm2dOptions {
    BatchNorm2dOptions batch;
    double r_max = 3, d_max = 5;
    // As shares of the run: up to relax_from it is batch norm, then the limits grow evenly, to d_max and to r_max.
    double relax_from = 0.04, relax_d_until = 0.2, relax_r_until = 0.3;
};

class BatchRenorm2d : public SyncBatchNorm2d {
  public:
    explicit BatchRenorm2d(const BatchRenorm2dOptions& options);

    void progress_changed(double progress) override;

    BatchRenorm2dOptions limits;
    double r_limit, d_limit;  // now: r_max and d_max if no run reports its progress

  protected:
    Var normalized(const Var& x, const Statistics& batch) const override;
};

}  // namespace normlab
