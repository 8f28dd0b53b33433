#include "framework/ops/conv2d.h"

#include "framework/deferred.h"
#include "framework/kernels/kernels.h"
#include "framework/ops/convolution.h"
#include "framework/ops/evaluated_convolution.h"
#include "framework/support/error.h"

namespace normlab {
namespace {

ConvShape checked_shape(const Var& x, const Var& weight, const Var& bias, const ConvOptions& options) {
    const Shape &in = x.shape(), &w = weight.shape();
    require(in.rank() == 4 && w.rank() == 4, "conv2d", "input must be (N,C,H,W) and weight (K,C/groups,R,S): input ",
            in, ", weight ", w);
    const Index groups = options.groups;
    require(groups >= 1 && in[1] % groups == 0 && w[0] % groups == 0, "conv2d",
            "groups must divide both channel counts: ", groups, " groups, input ", in, ", weight ", w);
    require(in[1] == w[1] * groups, "conv2d", "input has ", in[1], " channels, weight expects ", w[1] * groups,
            ": input ", in, ", weight ", w);
    require(!bias.defined() || bias.shape() == Shape{w[0]}, "conv2d", "bias must be (", w[0],
            "), one for each output: bias ", bias.shape(), ", weight ", w);
    require_numbers("conv2d", in);
    require_numbers("conv2d", w);
    const auto [stride, padding, dilation, unused] = options;
    require(stride.h >= 1 && stride.w >= 1 && dilation.h >= 1 && dilation.w >= 1, "conv2d",
            "stride and dilation must be at least 1: stride (", stride.h, ",", stride.w, "), dilation (", dilation.h,
            ",", dilation.w, ")");
    require(padding.amount.h >= 0 && padding.amount.w >= 0, "conv2d", "padding cannot be negative: (", padding.amount.h,
            ",", padding.amount.w, ")");
    require_distances("conv2d", stride, padding.amount, dilation);

    ConvShape s{.N = in[0], .C = in[1], .H = in[2], .W = in[3], .K = w[0], .R = w[2], .S = w[3]};
    s.stride = stride, s.dilation = dilation, s.G = groups;
    const Index reach_h = dilation.h * (s.R - 1), reach_w = dilation.w * (s.S - 1);  // of the kernel, less one
    if (padding.same) {
        require(stride == Pair(1), "conv2d", "padding \"same\" needs stride 1, got (", stride.h, ",", stride.w, ")");
        s.pad_top = reach_h / 2, s.pad_left = reach_w / 2;
        s.P = s.H, s.Q = s.W;
    } else {
        s.pad_top = padding.amount.h, s.pad_left = padding.amount.w;
        require(s.H + 2 * s.pad_top > reach_h && s.W + 2 * s.pad_left > reach_w, "conv2d",
                "the kernel is larger than the padded input: kernel reaches over ", reach_h + 1, "x", reach_w + 1,
                " pixels, padded input has ", s.H + 2 * s.pad_top, "x", s.W + 2 * s.pad_left, ": input ", in,
                ", weight ", w);
        s.P = (s.H + 2 * s.pad_top - reach_h - 1) / stride.h + 1;
        s.Q = (s.W + 2 * s.pad_left - reach_w - 1) / stride.w + 1;
    }
    return s;
}

// Without a tape the value is deferred, and a batch norm, a sum and a ReLU can end the convolution's pass.
Var deferred_convolution(const ConvShape& s, const Var& x, const Var& weight, const Var& bias) {
    return defer({.shape = {s.N, s.K, s.P, s.Q},
                  .takes_residual = true,
                  .takes_scale = true,
                  .finish = [s, x = Saved(x.value()), w = Saved(weight.value()),
                             b = Saved(bias.value())](const Epilogue& epilogue) {
                      Tensor y({s.N, s.K, s.P, s.Q});
                      evaluate_convolution(s, x.get("conv2d"), {w.get("conv2d"), b.get("conv2d")}, epilogue, y);
                      return Var(y);
                  }});
}

}  // namespace

Var conv2d(const Var& x, const Var& weight, const Var& bias, const ConvOptions& options) {
    const ConvShape s = checked_shape(x, weight, bias, options);
    if (!Tape::recording()) return deferred_convolution(s, x, weight, bias);

    Tensor y({s.N, s.K, s.P, s.Q});
    kernels().conv2d(s, x.value().data(), weight.value().data(), bias.defined() ? bias.value().data() : nullptr, {},
                     y.mutable_data());
    return record_convolution("conv2d", s, y, x, weight, bias);
}

}  // namespace normlab
