#include "layers/batch_norm2d.h"

#include "framework/error.h"

namespace normlab {

BatchNorm2d::BatchNorm2d(const BatchNorm2dOptions& given) : options(given) {
    const Index C = options.num_features;
    require(C >= 1, "BatchNorm2d", "num_features must be at least 1, got ", C);
    require(options.eps >= 0, "BatchNorm2d", "eps cannot be negative, got ", options.eps);
    require(!options.momentum || (*options.momentum >= 0 && *options.momentum <= 1), "BatchNorm2d",
            "momentum must be in [0, 1] or none, got ", options.momentum.value_or(0));
    if (options.affine) weight = Var::parameter(Tensor({C})), bias = Var::parameter(Tensor({C}));
    if (options.track_running_stats) running = RunningStatistics(C);
    reset_parameters(0, "");
}

Var BatchNorm2d::forward(const Var& x) {
    const Shape& shape = x.shape();
    require(shape.rank() == 4 || shape.rank() == 2, "BatchNorm2d", "input must be (N,C,H,W) or (N,C), got ", shape);
    require(shape[1] == options.num_features, "BatchNorm2d", "input has ", shape[1], " channels, the layer ",
            options.num_features, ": input ", shape);
    const bool from_batch = use_batch_statistics || !running.kept();
    const bool follow = update_running_statistics && running.kept();
    if (!from_batch && !follow)
        return normalize_by("BatchNorm2d", x, given_statistics(running.mean, running.variance, shape[0]), weight, bias,
                            options.eps);

    require(shape.elements() / shape[1] > 1, "BatchNorm2d",
            "Expected more than 1 value per channel when training: input ", shape,
            "; use larger batches, or eval() if this is not training");
    const Statistics batch = statistics_of(x.value(), {.images = shape[0], .groups = options.num_features});
    Var y = from_batch ? normalize("BatchNorm2d", x, batch, weight, bias, options.eps)
                       : normalize_by("BatchNorm2d", x, given_statistics(running.mean, running.variance, shape[0]), weight,
                                      bias, options.eps);
    if (follow) running.update(batch, options.momentum, options.biased_running_var);
    return y;
}

void BatchNorm2d::members(Members& m) {
    m.parameter("weight", weight);
    m.parameter("bias", bias);
    running.members(m);
}

void BatchNorm2d::reset_parameters(std::uint64_t, const std::string&) {
    if (options.affine) {
        weight.mutable_value().copy_from(Tensor::full(weight.shape(), 1));
        bias.mutable_value().copy_from(Tensor::zeros(bias.shape()));
    }
    reset_running_stats();
}

void BatchNorm2d::mode_changed() { use_batch_statistics = update_running_statistics = training(); }

void BatchNorm2d::reset_running_stats() {
    if (running.kept()) running.reset();
}

}  // namespace normlab
