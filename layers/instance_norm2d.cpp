#include "layers/instance_norm2d.h"

#include "framework/support/error.h"

namespace normlab {

InstanceNorm2d::InstanceNorm2d(const InstanceNorm2dOptions& given) : options(given) {
    const Index C = options.num_features;
    require(C >= 1, "InstanceNorm2d", "num_features must be at least 1, got ", C);
    require(options.eps >= 0, "InstanceNorm2d", "eps cannot be negative, got ", options.eps);
    require(options.running_var_init >= 0, "InstanceNorm2d", "running_var_init cannot be negative, got ",
            options.running_var_init);
    require(!options.momentum || (*options.momentum >= 0 && *options.momentum <= 1), "InstanceNorm2d",
            "momentum must be in [0, 1] or none, got ", options.momentum.value_or(0));
    make_affine({C}, options.affine && options.scale, options.affine && options.center, options.gamma_init,
                options.beta_init);
    if (options.track_running_stats)
        running = RunningStatistics(C, options.running_mean_init, options.running_var_init);
}

Var InstanceNorm2d::forward(const Var& x) {
    const Shape& shape = x.shape();
    require(shape.rank() != 2, "InstanceNorm2d", "input ", shape,
            " has one value for each channel of an image: minus its mean that is 0. Group or layer norm share a mean "
            "between channels, batch norm between images");
    require(shape.rank() == 4 && shape[1] == options.num_features, "InstanceNorm2d", "input must be (N,",
            options.num_features, ",H,W), got ", shape);
    if (!training() && running.kept())
        return normalize_with("InstanceNorm2d", x, fixed_statistics(running.mean, running.variance, shape[0]), weight,
                              bias, options.eps);

    require(shape[2] * shape[3] > 1, "InstanceNorm2d", "Expected more than 1 spatial element when training, got input ",
            shape);
    const Statistics own = statistics_of(x.value(), {.images = 1, .channels = 1});
    if (training() && running.kept()) running.update(gathered(own), options.momentum, false);
    return normalize("InstanceNorm2d", x, own, weight, bias, options.eps);
}

void InstanceNorm2d::members(Members& m) {
    affine_members(m);
    running.members(m);
}

void InstanceNorm2d::reset_parameters(std::uint64_t, const std::string&) {
    reset_affine();
    reset_running_stats();
}

}  // namespace normlab
