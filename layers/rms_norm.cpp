#include "layers/rms_norm.h"

#include "framework/error.h"

namespace normlab {

RMSNorm::RMSNorm(const RMSNormOptions& given) : options(given) {
    require(options.num_channels >= 1, "RMSNorm", "num_channels must be at least 1, got ", options.num_channels);
    require(options.eps >= 0, "RMSNorm", "eps cannot be negative, got ", options.eps);
    if (options.affine) weight = Var::parameter(Tensor({options.num_channels}));
    reset_parameters(0, "");
}

Var RMSNorm::forward(const Var& x) {
    const Shape& shape = x.shape();
    require(shape.rank() >= 2 && shape[1] == options.num_channels, "RMSNorm", "input must have ", options.num_channels,
            " channels, got ", shape);
    return normalize("RMSNorm", x, mean_square_of(x.value(), {.images = 1, .groups = 1}), weight, {}, options.eps);
}

void RMSNorm::reset_parameters(std::uint64_t, const std::string&) {
    if (weight.defined()) weight.mutable_value().copy_from(Tensor::full(weight.shape(), 1));
}

}  // namespace normlab
