// BatchNorm2d: every channel of a batch gets mean β and standard deviation γ (Ioffe, Szegedy 2015).
//   y = γ (x − μ) / √(σ² + ε) + β           μ, σ² of the channel, over the N images and H×W pixels of the batch
//   running = (1 − m)·running + m·batch     of μ and of σ²·count/(count − 1)
// Training normalizes with the batch's μ, σ² and updates the running ones; evaluation normalizes with the running ones
// and leaves them alone, so that an image's result does not depend on its neighbours. Where several processes train, or
// train.replicas stands for them, the batch is what one of them has, and the first one's updates the running ones.
#pragma once

#include "layers/affine.h"
#include "layers/running_statistics.h"

namespace normlab {

struct BatchNorm2dOptions {
    Index num_features = 0;
    double eps = 1e-5;
    std::optional<double> momentum = 0.1;  // empty: the cumulative average
    bool affine = true;                    // γ and β are learned; otherwise γ = 1, β = 0
    bool scale = true, center = true;      // and, if affine, γ or β can be left out
    double gamma_init = 1, beta_init = 0;
    bool track_running_stats = true;  // otherwise evaluation, too, uses the batch's statistics
    bool biased_running_var = false;  // the running σ² stays biased
    double running_mean_init = 0, running_var_init = 1;
    // What training does, each set separately: normalize with the batch's statistics (otherwise with the running ones,
    // as they were before this batch), and update the running ones.
    bool use_batch_stats = true;
    bool update_running_stats = true;
};

class BatchNorm2d : public Module, public Affine, public KeepsRunningStatistics {
  public:
    explicit BatchNorm2d(const BatchNorm2dOptions& given) : BatchNorm2d("BatchNorm2d", given) {}

    Var forward(const Var& x) override;
    void members(Members& members) override;
    void reset_parameters(std::uint64_t seed, const std::string& name) override;
    void mode_changed() override;
    std::string kind() const override { return kind_; }
    bool is_norm() const override { return true; }

    // Which statistics normalize, and whether the running ones are updated. train(), eval() and freeze() set both,
    // train() as the options say; each can be set alone afterwards.
    bool use_batch_statistics = true;
    bool update_running_statistics = true;

    BatchNorm2dOptions options;

  protected:
    BatchNorm2d(const char* kind, const BatchNorm2dOptions& options);

    // Where variants differ: which images of a batch share statistics, how these are used, and how the running ones are
    // updated.
    virtual Statistics statistics(const Tensor& x) const;
    virtual Var normalized(const Var& x, const Statistics& batch) const;
    virtual void follow(const Statistics& batch);

    const char* kind_;
};

}  // namespace normlab
