#include "framework/ops/flatten.h"

#include "framework/kernels/kernels.h"
#include "framework/support/error.h"

namespace normlab {

Var flatten(const Var& x) {
    require(x.shape().rank() == 4 || x.shape().rank() == 2, "flatten", "input must be (N,C,H,W) or (N,C), got ",
            x.shape());
    const Images image = as_images(x.shape());
    Tensor y({image.N, image.C * image.pixels()});
    kernels().to_channels_first(image.N, image.C, image.pixels(), x.value().data(), y.mutable_data());

    return Tape::record("flatten", y, {x}, [image, shape = x.shape(), gx = x.gradient()](const Tensor& dy) {
        Tensor dx(shape);
        kernels().to_channels_last(image.N, image.C, image.pixels(), dy.data(), dx.mutable_data());
        gx.add(dx);
    });
}

}  // namespace normlab
