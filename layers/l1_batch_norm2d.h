// L1BatchNorm2d: a batch norm that divides by the mean absolute deviation, without squares and their roots, for which
// low-precision numbers lack the range (Hoffer, Banner, Golan, Soudry 2018, "Norm matters").
//   y = γ (x − μ) / √(σ² + ε) + β           σ = √(π/2) · mean |x − μ|, over the batch as in BatchNorm2d
//   running = (1 − m)·running + m·batch     of μ and of σ²·count/(count − 1)
// √(π/2) is Hoffer's factor: where x is normally distributed σ is its standard deviation, so that γ, ε and a learning
// rate of BatchNorm2d fit. (Santurkar et al. 2018, section 3.3, divide by the mean absolute deviation itself; that is
// this layer with γ larger by √(π/2).) running_var holds σ². Evaluation is that of BatchNorm2d.
// The batch is that of all processes, as in SyncBatchNorm2d.
#pragma once

#include "layers/sync_batch_norm2d.h"

namespace normlab {

class L1BatchNorm2d : public SyncBatchNorm2d {
  public:
    explicit L1BatchNorm2d(const BatchNorm2dOptions& given) : SyncBatchNorm2d("L1BatchNorm2d", given) {}

    Statistics statistics_of_batch(const Tensor& x) const override;

  protected:
    Var normalized(const Var& x, const Statistics& batch) const override;
};

}  // namespace normlab
