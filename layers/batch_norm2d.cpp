#include "layers/batch_norm2d.h"

#include <algorithm>

#include "framework/support/error.h"

namespace normlab {

BatchNorm2d::BatchNorm2d(const char* kind, const BatchNorm2dOptions& given) : options(given), kind_(kind) {
    const Index C = options.num_features;
    require(C >= 1, kind_, "num_features must be at least 1, got ", C);
    require(options.eps >= 0, kind_, "eps cannot be negative, got ", options.eps);
    require(options.running_var_init >= 0, kind_, "running_var_init cannot be negative, got ",
            options.running_var_init);
    require(!options.momentum || (*options.momentum >= 0 && *options.momentum <= 1), kind_,
            "momentum must be in [0, 1] or none, got ", options.momentum.value_or(0));
    require(options.use_batch_stats || options.track_running_stats, kind_,
            "without the batch's statistics (use_batch_stats) there must be running ones (track_running_stats)");
    make_affine({C}, options.affine && options.scale, options.affine && options.center, options.gamma_init,
                options.beta_init);
    if (options.track_running_stats)
        running = RunningStatistics(C, options.running_mean_init, options.running_var_init);
    BatchNorm2d::mode_changed();
}

Var BatchNorm2d::forward(const Var& x) {
    const Shape& shape = x.shape();
    require(shape.rank() == 4 || shape.rank() == 2, kind_, "input must be (N,C,H,W) or (N,C), got ", shape);
    require(shape[1] == options.num_features, kind_, "input has ", shape[1], " channels, the layer ",
            options.num_features, ": input ", shape);
    const bool from_batch = use_batch_statistics || !running.kept();
    const bool follows = update_running_statistics && running.kept();
    const auto by_running = [&] {
        return normalize_with(kind_, x, fixed_statistics(running.mean, running.variance, shape[0]), weight, bias,
                              options.eps);
    };
    if (!from_batch && !follows) return by_running();

    const Statistics batch = statistics(x.value());
    const Index together = std::min(batch.size.images, shape[0]);
    require(!batch.count.empty() && std::ranges::min(batch.count) > 1, kind_,
            "Expected more than 1 value per channel when training: input ", shape,
            together < shape[0] ? ", of which " + std::to_string(together) + " images share statistics" : "",
            "; use larger batches, a norm that does not look at the batch (group, layer), or eval() if this is not "
            "training");
    const Var y = from_batch ? normalized(x, batch) : by_running();
    if (follows) follow(batch);
    return y;
}

Statistics BatchNorm2d::statistics(const Tensor& x) const {
    return statistics_of(x, {.images = batch_part(x.shape()[0]).replica, .channels = 1});
}

Var BatchNorm2d::normalized(const Var& x, const Statistics& batch) const {
    return normalize(kind_, x, batch, weight, bias, options.eps);
}

void BatchNorm2d::follow(const Statistics& batch) {
    running.update_by_first(batch, options.momentum, options.biased_running_var);
}

void BatchNorm2d::members(Members& m) {
    affine_members(m);
    running.members(m);
}

void BatchNorm2d::reset_parameters(std::uint64_t, const std::string&) {
    reset_affine();
    reset_running_stats();
}

void BatchNorm2d::mode_changed() {
    use_batch_statistics = training() && options.use_batch_stats;
    update_running_statistics = training() && options.update_running_stats;
}

}  // namespace normlab
