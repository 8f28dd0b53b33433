#include "layers/group_norm.h"

#include "framework/support/error.h"

namespace normlab {

GroupNorm::GroupNorm(const GroupNormOptions& given) : options(given) {
    const Index C = options.num_channels;
    require(C >= 1 && options.num_groups >= 1 && C % options.num_groups == 0, "GroupNorm",
            "num_groups must divide num_channels: ", options.num_groups, " groups, ", C, " channels");
    require(options.eps >= 0, "GroupNorm", "eps cannot be negative, got ", options.eps);
    make_affine({C}, options.affine && options.scale, options.affine && options.center, options.gamma_init,
                options.beta_init);
}

Var GroupNorm::forward(const Var& x) {
    const Shape& shape = x.shape();
    require(shape.rank() >= 2 && shape[1] == options.num_channels, "GroupNorm", "input must have ",
            options.num_channels, " channels, got ", shape);
    return normalize("GroupNorm", x,
                     statistics_of(x.value(), {.images = 1, .channels = options.num_channels / options.num_groups}),
                     weight, bias, options.eps);
}

}  // namespace normlab
