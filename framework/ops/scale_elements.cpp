#include "framework/ops/scale_elements.h"

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
                            Tensor dx(values.shape()), dw = Tensor::zeros(w.shape()), db = Tensor::zeros(w.shape());
                            Scalar *to_x = dx.mutable_data(), *to_w = dw.mutable_data(), *to_b = db.mutable_data();
                            for (Index at = 0; at < N * count; at += count) {
                                kernels().multiply(count, dy.data() + at, values.data() + at, to_x + at);
                                kernels().accumulate(count, to_x + at, to_w);
                                kernels().accumulate(count, dy.data() + at, to_b);
                                kernels().multiply(count, dy.data() + at, w.data(), to_x + at);
                            }
                            gw.add(dw);
                            gb.add(db);
                            gx.add(dx);
                        });
}

}  // namespace normlab
