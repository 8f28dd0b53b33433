// InstanceNorm2d: every channel of every image by itself (Ulyanov, Vedaldi, Lempitsky 2016).
//   y = γ (x − μ) / √(σ² + ε) + β           μ, σ² over the H×W pixels of one channel of one image
// Without running statistics (the default) training and evaluation are the same. With them evaluation uses the running
// averages, which in training follow the mean over the batch's images of each channel's statistics.
// num_batches_tracked counts those batches, as BatchNorm2d's does; PyTorch's InstanceNorm2d leaves it at 0.
#pragma once

#include "layers/affine.h"
#include "layers/running_statistics.h"

namespace normlab {

struct InstanceNorm2dOptions {
    Index num_features = 0;
    double eps = 1e-5;
    std::optional<double> momentum = 0.1;
    bool affine = false;
    bool scale = true, center = true;  // if affine, γ or β can be left out
    double gamma_init = 1, beta_init = 0;
    bool track_running_stats = false;
    double running_mean_init = 0, running_var_init = 1;
};

class InstanceNorm2d : public Module, public Affine, public KeepsRunningStatistics {
  public:
    explicit InstanceNorm2d(const InstanceNorm2dOptions& options);

    Var forward(const Var& x) override;
    void members(Members& members) override;
    void reset_parameters(std::uint64_t seed, const std::string& name) override;
    std::string kind() const override { return "InstanceNorm2d"; }
    bool is_norm() const override { return true; }

    InstanceNorm2dOptions options;
};

}  // namespace normlab
