#include "layers/running_statistics.h"

#include <algorithm>

namespace normlab {

void RunningStatistics::reset() {
    std::fill_n(mean.mutable_data(), mean.elements(), first_mean_);
    std::fill_n(variance.mutable_data(), variance.elements(), first_variance_);
    batches = 0;
}

void RunningStatistics::update_by_first(const Statistics& batch, std::optional<double> momentum, bool biased_variance) {
    follow(batch, 0, static_cast<std::size_t>(mean.elements()), momentum, biased_variance);
}

void RunningStatistics::update(const Statistics& batch, std::optional<double> momentum, bool biased_variance) {
    follow(batch, 0, batch.mean.size(), momentum, biased_variance);
}

void RunningStatistics::update_in_order(const Statistics& batch, std::optional<double> momentum, bool biased_variance) {
    const auto C = static_cast<std::size_t>(mean.elements());
    for (std::size_t set = 0; set < batch.mean.size(); set += C) follow(batch, set, set + C, momentum, biased_variance);
}

void RunningStatistics::follow(const Statistics& batch, std::size_t first, std::size_t end,
                               std::optional<double> momentum, bool biased_variance) {
    batches += 1;
    const double m = momentum.value_or(1 / static_cast<double>(batches));
    const auto C = static_cast<std::size_t>(mean.elements());
    const double sets = static_cast<double>((end - first) / C);  // for each channel
    Scalar *running_mean = mean.mutable_data(), *running_variance = variance.mutable_data();
    for (std::size_t c = 0; c < C; ++c) {
        double batch_mean = 0, batch_variance = 0;
        for (std::size_t set = first + c; set < end; set += C) {
            const double count = batch.count[set];
            batch_mean += batch.mean[set] / sets;
            batch_variance += batch.variance[set] * (biased_variance ? 1 : count / (count - 1)) / sets;
        }
        running_mean[c] = static_cast<Scalar>((1 - m) * running_mean[c] + m * batch_mean);
        running_variance[c] = static_cast<Scalar>((1 - m) * running_variance[c] + m * batch_variance);
    }
}

void RunningStatistics::members(Members& m) {
    if (!kept()) return;
    m.buffer("running_mean", mean);
    m.buffer("running_var", variance);
    m.counter("num_batches_tracked", batches);
}

Statistics KeepsRunningStatistics::statistics_of_batch(const Tensor& x) const {
    return normlab::statistics_of_batch(x);
}

RunningStatistics* running_statistics(Module& module) {
    auto* keeper = dynamic_cast<KeepsRunningStatistics*>(&module);
    return keeper != nullptr && keeper->running.kept() ? &keeper->running : nullptr;
}

Index reset_running_statistics(Module& root) {
    Index count = 0;
    for (const auto& [name, module] : modules(root)) {
        RunningStatistics* running = running_statistics(*module);
        if (running == nullptr) continue;
        running->reset();
        ++count;
    }
    return count;
}

}  // namespace normlab
