#include "layers/group_norm.h"

#include "framework/error.h"

namespace normlab {

GroupNorm::GroupNorm(const GroupNormOptions& given) : options(given) {
    const Index C = options.num_channels;
    require(C >= 1 && options.num_groups >= 1 && C % options.num_groups == 0, "GroupNorm",
            "num_groups must divide num_channels: ", options.num_groups, " groups, ", C, " channels");
    require(options.eps >= 0, "GroupNorm", "eps cannot be negative, got ", options.eps);
    if (options.affine && options.scale) weight = Var::parameter(Tensor({C}));
    if (options.affine && options.center) bias = Var::parameter(Tensor({C}));
    reset_parameters(0, "");
}

Var GroupNorm::forward(const Var& x) {
    const Shape& shape = x.shape();
    require(shape.rank() >= 2 && shape[1] == options.num_channels, "GroupNorm", "input must have ",
            options.num_channels, " channels, got ", shape);
    return normalize("GroupNorm", x, statistics_of(x.value(), {.images = 1, .groups = options.num_groups}), weight,
                     bias, options.eps);
}

void GroupNorm::members(Members& m) {
    m.parameter("weight", weight);
    m.parameter("bias", bias);
}

void GroupNorm::reset_parameters(std::uint64_t, const std::string&) {
    if (weight.defined()) weight.mutable_value().copy_from(Tensor::full(weight.shape(), 1));
    if (bias.defined()) bias.mutable_value().copy_from(Tensor::zeros(bias.shape()));
}

}  // namespace normlab
