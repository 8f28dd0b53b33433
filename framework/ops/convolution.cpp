#include "framework/ops/convolution.h"

#include "framework/batch_part.h"
#include "framework/deferred.h"
#include "framework/kernels/kernels.h"

namespace normlab {

// The same for some of its images, which are a linear layer's pixels.
static ConvShape with_images(ConvShape s, Index images, Index count) {
    if (s.N == images)
        s.N = count;
    else
        s.W = s.Q = count;
    return s;
}

Var record_convolution(const char* op, const ConvShape& shape, const Tensor& y, const Var& x, const Var& weight,
                       const Var& bias) {
    const auto backward = [op, s = shape, shape_of_x = x.shape(), x = Saved(x.value()), w = Saved(weight.value()),
                           gx = x.gradient(), gw = weight.gradient(), gb = bias.gradient()](const Tensor& dy) {
        const Index images = shape_of_x[0], in_x = shape_of_x.elements() / images, in_dy = dy.elements() / images;
        if (gb.wanted())
            gb.add(sum_over_images({s.K}, images, [&](Index first, Index count, Scalar* db) {
                kernels().channel_sums(count * in_dy / s.K, s.K, dy.data() + first * in_dy, db);
            }));
        if (gw.wanted())
            gw.add(sum_over_images(w.get(op).shape(), images, [&](Index first, Index count, Scalar* dw) {
                kernels().conv2d_backward_weight(with_images(s, images, count), x.data(op) + first * in_x,
                                                 dy.data() + first * in_dy, dw);
            }));
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
