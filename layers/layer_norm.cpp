#include "layers/layer_norm.h"

#include "framework/ops/scale_elements.h"
#include "framework/support/error.h"

namespace normlab {

LayerNorm::LayerNorm(const LayerNormOptions& given) : options(given) {
    const Shape& shape = options.normalized_shape;
    require((shape.rank() == 1 || shape.rank() == 3) && shape.elements() >= 1, "LayerNorm",
            "normalized_shape must be (C,H,W) or (C), all axes but the batch, got ", shape);
    require(options.eps >= 0, "LayerNorm", "eps cannot be negative, got ", options.eps);
    make_affine(shape, options.elementwise_affine, options.elementwise_affine && options.bias, options.gamma_init,
                options.beta_init);
}

Var LayerNorm::forward(const Var& x) {
    const Shape& wanted = options.normalized_shape;
    const Shape& shape = x.shape();
    bool fits = shape.rank() == wanted.rank() + 1;
    for (int axis = 0; fits && axis < wanted.rank(); ++axis) fits = shape[axis + 1] == wanted[axis];
    require(fits, "LayerNorm", "each image must have the shape ", wanted, ": input ", shape);

    Var y =
        normalize("LayerNorm", x, statistics_of(x.value(), {.images = 1, .channels = shape[1]}), {}, {}, options.eps);
    return weight.defined() ? scale_elements(y, weight, bias) : y;
}

}  // namespace normlab
