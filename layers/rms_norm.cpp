#include "layers/rms_norm.h"

#include "framework/support/error.h"

namespace normlab {

RMSNorm::RMSNorm(const RMSNormOptions& given) : options(given) {
    require(options.num_channels >= 1, "RMSNorm", "num_channels must be at least 1, got ", options.num_channels);
    require(options.eps >= 0, "RMSNorm", "eps cannot be negative, got ", options.eps);
    make_affine({options.num_channels}, options.affine, false, options.gamma_init);
}

Var RMSNorm::forward(const Var& x) {
    const Shape& shape = x.shape();
    require(shape.rank() >= 2 && shape[1] == options.num_channels, "RMSNorm", "input must have ", options.num_channels,
            " channels, got ", shape);
    return normalize("RMSNorm", x, mean_square_of(x.value(), {.images = 1, .channels = options.num_channels}), weight,
                     bias, options.eps);
}

}  // namespace normlab
