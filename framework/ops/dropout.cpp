#include "framework/ops/dropout.h"

#include <algorithm>

#include "framework/batch_part.h"
#include "framework/kernels/kernels.h"
#include "framework/support/error.h"

namespace normlab {

// The number of the first element of x in the batch, which other processes may have a part of.
static Index first_of(const Shape& x, Index each) {
    return batch_part(x[0]).first * each;
}

// The mask is not kept for backward, which draws the same one again.
Var dropout(const Var& x, double p, RandomStream stream, std::uint64_t step) {
    require(p >= 0 && p < 1, "dropout", "p must be in [0, 1), got ", p);
    const Index first = first_of(x.shape(), x.shape().elements() / std::max<Index>(1, x.shape()[0]));
    const auto masked = [=](const Tensor& t) {
        Tensor y(t.shape());
        Scalar* out = y.mutable_data();
        kernels().dropout_mask(stream, step, p, first, y.elements(), out);
        kernels().multiply(y.elements(), t.data(), out, out);
        return y;
    };
    return Tape::record("dropout", masked(x.value()), {x},
                        [masked, gx = x.gradient()](const Tensor& dy) { gx.add(masked(dy)); });
}

Var dropout2d(const Var& x, double p, RandomStream stream, std::uint64_t step) {
    require(p >= 0 && p < 1, "dropout2d", "p must be in [0, 1), got ", p);
    require(x.shape().rank() == 4, "dropout2d", "input must be (N,C,H,W), got ", x.shape());
    const Images image = as_images(x.shape());
    const NormShape s{.N = image.N, .pixels = image.pixels(), .C = image.C};  // a scale for each image and channel
    const Index first = first_of(x.shape(), s.C);
    const auto masked = [=](const Tensor& t) {
        Tensor mask({s.N, s.C});
        kernels().dropout_mask(stream, step, p, first, mask.elements(), mask.mutable_data());
        const Tensor zeros = Tensor::zeros(mask.shape());
        Tensor y(t.shape());
        kernels().normalize(s, t.data(), zeros.data(), mask.data(), zeros.data(), {}, y.mutable_data());
        return y;
    };
    return Tape::record("dropout2d", masked(x.value()), {x},
                        [masked, gx = x.gradient()](const Tensor& dy) { gx.add(masked(dy)); });
}

}  // namespace normlab
