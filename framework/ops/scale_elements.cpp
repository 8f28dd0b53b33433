#include "framework/ops/scale_elements.h"

#include <algorithm>

#include "framework/batch_part.h"
#include "framework/kernels/kernels.h"
#include "framework/support/error.h"

namespace normlab {

Var scale_elements(const Var& x, const Var& weight, const Var& bias) {
    const Index N = x.shape()[0], count = weight.value().elements();
    require(count * N == x.value().elements() && (!bias.defined() || bias.shape() == weight.shape()), "scale_elements",
            "weight and bias must have the shape of one image: weight ", weight.shape(), ", input ", x.shape());
    Tensor y(x.shape());
    Scalar* out = y.mutable_data();
    for (Index n = 0; n < N; ++n, out += count) {
        kernels().multiply(count, x.value().data() + n * count, weight.value().data(), out);
        if (bias.defined()) kernels().accumulate(count, bias.value().data(), out);
    }

    return Tape::record("scale_elements", y, {x, weight, bias},
                        [N, count, x = Saved(x.value()), weight = Saved(weight.value()), gx = x.gradient(),
                         gw = weight.gradient(), gb = bias.gradient()](const Tensor& dy) {
                            const Tensor& w = weight.get("scale_elements");
                            const Tensor& values = x.get("scale_elements");
                            Tensor dx(values.shape());
                            const auto sum_of = [&](const Scalar* each) {
                                return sum_over_images(w.shape(), N, [=](Index first, Index images, Scalar* sum) {
                                    std::copy_n(each + first * count, count, sum);
                                    for (Index n = first + 1; n < first + images; ++n)
                                        kernels().accumulate(count, each + n * count, sum);
                                });
                            };
                            kernels().multiply(N * count, dy.data(), values.data(), dx.mutable_data());
                            if (gw.wanted()) gw.add(sum_of(dx.data()));
                            if (gb.wanted()) gb.add(sum_of(dy.data()));
                            for (Index at = 0; at < N * count; at += count)
                                kernels().multiply(count, dy.data() + at, w.data(), dx.mutable_data() + at);
                            gx.add(dx);
                        });
}

}  // namespace normlab
