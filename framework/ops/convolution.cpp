#include "framework/ops/convolution.h"

#include "framework/deferred.h"
#include "framework/kernels/kernels.h"

namespace normlab {

Var record_convolution(const char* op, const ConvShape& shape, const Tensor& y, const Var& x, const Var& weight,
                       const Var& bias) {
    const auto backward = [op, s = shape, shape_of_x = x.shape(), x = Saved(x.value()), w = Saved(weight.value()),
                           gx = x.gradient(), gw = weight.gradient(), gb = bias.gradient()](const Tensor& dy) {
        if (gb.wanted()) {
            Tensor db({s.K});
            kernels().channel_sums(s.N * s.P * s.Q, s.K, dy.data(), db.mutable_data());
            gb.add(db);
        }
        if (gw.wanted()) {
            Tensor dw(w.get(op).shape());
            kernels().conv2d_backward_weight(s, x.data(op), dy.data(), dw.mutable_data());
            gw.add(dw);
        }
        if (gx.wanted()) {  // the pass that computes it adds it to what is there
            const Epilogue so_far{.residual = gx.sum()};
            Tensor dx(shape_of_x);
            kernels().conv2d_backward_input(s, dy.data(), w.data(op), so_far.view(), dx.mutable_data());
            gx.set_sum(dx);
        }
    };
    return Tape::record(op, y, {x, weight, bias}, backward);
}

}  // namespace normlab
