// Running statistics: what a norm remembers of the batches that it saw, for use when there is no batch to ask.
//   running = (1 − m)·running + m·batch,    m = momentum, or 1/(number of batches so far): the cumulative average
// The variance is remembered unbiased (divided by count − 1), as PyTorch does, or biased, as textbooks write it.
#pragma once

#include <optional>

#include "framework/module.h"
#include "framework/ops/normalize.h"

namespace normlab {

struct RunningStatistics {
    RunningStatistics() = default;  // keeps none
    explicit RunningStatistics(Index channels, double first_mean = 0, double first_variance = 1)
        : mean(Tensor({channels})),
          variance(Tensor({channels})),
          first_mean_(static_cast<Scalar>(first_mean)),
          first_variance_(static_cast<Scalar>(first_variance)) {
        reset();
    }

    bool kept() const { return mean.defined(); }
    void reset();  // to what they were at first, and no batches
    // If several sets belong to one channel, the first counts: where each replica has its own batch, the first one's.
    void update_by_first(const Statistics& batch, std::optional<double> momentum, bool biased_variance);
    // Or their average, if there is one for each image, say.
    void update(const Statistics& batch, std::optional<double> momentum, bool biased_variance);
    // Each set of images counts as a separate batch, in order.
    void update_in_order(const Statistics& batch, std::optional<double> momentum, bool biased_variance);
    void members(Members& members);

    Tensor mean, variance;
    std::int64_t batches = 0;

  private:
    void follow(const Statistics& batch, std::size_t first, std::size_t end, std::optional<double> momentum,
                bool biased_variance);  // the sets first..end
    Scalar first_mean_ = 0, first_variance_ = 1;
};

// What the layers that can keep running statistics have in common.
class KeepsRunningStatistics {
  public:
    void reset_running_stats() {
        if (running.kept()) running.reset();
    }
    // What the running statistics are an average of: of each channel, over all images.
    virtual Statistics statistics_of_batch(const Tensor& x) const;
    RunningStatistics running;

  protected:
    ~KeepsRunningStatistics() = default;
};

// The running statistics of a module, null if it keeps none.
RunningStatistics* running_statistics(Module& module);
// Resets those of all modules below `root`; returns how many modules keep any.
Index reset_running_statistics(Module& root);

}  // namespace normlab
