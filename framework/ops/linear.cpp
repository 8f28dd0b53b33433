#include "framework/ops/linear.h"

#include "framework/kernels/kernels.h"
#include "framework/ops/convolution.h"
#include "framework/ops/evaluated_convolution.h"
#include "framework/support/error.h"

namespace normlab {

// A linear layer is a 1x1 convolution over one image whose pixels are the batch: in channels-last order, (N,in) has the
// same layout in memory. So it needs no kernels of its own.
Var linear(const Var& x, const Var& weight, const Var& bias) {
    const Shape &in = x.shape(), &w = weight.shape();
    require(in.rank() == 2 && w.rank() == 2 && in[1] == w[1], "linear",
            "input must be (N,in) and weight (out,in): input ", in, ", weight ", w,
            in.rank() == 4 ? "; flatten comes before a linear layer" : "");
    require(!bias.defined() || bias.shape() == Shape{w[0]}, "linear", "bias must be (", w[0],
            "), one for each output: bias ", bias.shape(), ", weight ", w);
    require_numbers("linear", in);
    require_numbers("linear", w);
    const ConvShape s{.C = in[1], .W = in[0], .K = w[0], .Q = in[0]};

    Tensor y({in[0], w[0]});
    if (!Tape::recording()) {
        evaluate_convolution(s, x.value(), {weight.value(), bias.value()}, {}, y);
        return y;
    }
    kernels().conv2d(s, x.value().data(), weight.value().data(), bias.defined() ? bias.value().data() : nullptr, {},
                     y.mutable_data());

    return record_convolution("linear", s, y, x, weight, bias);
}

}  // namespace normlab
