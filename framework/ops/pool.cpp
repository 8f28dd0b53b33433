#include "framework/ops/pool.h"

#include <memory>

#include "framework/kernels/kernels.h"
#include "framework/support/error.h"
#include "framework/support/pool.h"

namespace normlab {
namespace {

// How many windows fit along one axis. A window that would begin in the padding after the image does not count.
Index windows(Index size, Index kernel, Index stride, Index padding, Index dilation, bool ceil_mode) {
    const Index reach = size + 2 * padding - 1 + (ceil_mode ? stride - 1 : 0);
    if (kernel - 1 > reach / dilation) return 0;
    Index count = (reach - dilation * (kernel - 1)) / stride + 1;
    if ((count - 1) * stride >= size + padding) --count;
    return count;
}

PoolShape checked_shape(const char* op, const Shape& in, Pair kernel, Pair stride, Pair padding, Pair dilation,
                        bool ceil_mode) {
    require(in.rank() == 4, op, "input must be (N,C,H,W), got ", in);
    require_numbers(op, in);
    require_distances(op, stride, padding, dilation);
    stride = pool_stride(kernel, stride);
    require(kernel.h >= 1 && kernel.w >= 1 && stride.h >= 1 && stride.w >= 1 && dilation.h >= 1 && dilation.w >= 1, op,
            "kernel, stride and dilation must be at least 1");
    require(padding.h >= 0 && padding.w >= 0 && padding.h <= kernel.h / 2 && padding.w <= kernel.w / 2, op,
            "padding must be between 0 and half of the kernel: padding (", padding.h, ",", padding.w, "), kernel (",
            kernel.h, ",", kernel.w, ")");
    require((padding.h == 0 || dilation.h <= in[2]) && (padding.w == 0 || dilation.w <= in[3]), op,
            "a window would lie entirely in the padding: dilation (", dilation.h, ",", dilation.w, "), input ", in);
    PoolShape s{.N = in[0], .C = in[1], .H = in[2], .W = in[3], .R = kernel.h, .S = kernel.w};
    s.stride = stride, s.pad = padding, s.dilation = dilation;
    s.P = windows(s.H, s.R, stride.h, padding.h, dilation.h, ceil_mode);
    s.Q = windows(s.W, s.S, stride.w, padding.w, dilation.w, ceil_mode);
    require(s.P >= 1 && s.Q >= 1, op, "the window is larger than the padded input: window (", kernel.h, ",", kernel.w,
            "), padding (", padding.h, ",", padding.w, "), input ", in);
    return s;
}

Var max_pool(const char* op, const Var& x, const PoolShape& s) {
    Tensor y({s.N, s.C, s.P, s.Q});
    if (!Tape::recording()) {
        kernels().max_pool(s, x.value().data(), y.mutable_data(), nullptr);
        return y;
    }
    const auto chosen = std::make_shared<Memory>(static_cast<std::size_t>(y.elements()) * sizeof(std::int32_t));
    kernels().max_pool(s, x.value().data(), y.mutable_data(), chosen->as<std::int32_t>());

    return Tape::record(op, y, {x}, [s, chosen, shape = x.shape(), gx = x.gradient()](const Tensor& dy) {
        Tensor dx(shape);
        kernels().max_pool_backward(s, dy.data(), chosen->as<std::int32_t>(), dx.mutable_data());
        gx.add(dx);
    });
}

Var avg_pool(const char* op, const Var& x, const PoolShape& s, Divisor divisor) {
    Tensor y({s.N, s.C, s.P, s.Q});
    kernels().avg_pool(s, divisor, x.value().data(), y.mutable_data());

    return Tape::record(op, y, {x}, [s, divisor, shape = x.shape(), gx = x.gradient()](const Tensor& dy) {
        Tensor dx(shape);
        kernels().avg_pool_backward(s, divisor, dy.data(), dx.mutable_data());
        gx.add(dx);
    });
}

PoolShape whole_image(const char* op, const Shape& in) {
    require(in.rank() == 4, op, "input must be (N,C,H,W), got ", in);
    return checked_shape(op, in, {in[2], in[3]}, 1, 0, 1, false);
}

}  // namespace

Var max_pool2d(const Var& x, const MaxPoolOptions& options) {
    const auto& [kernel, stride, padding, dilation, ceil_mode] = options;
    return max_pool("max_pool2d", x,
                    checked_shape("max_pool2d", x.shape(), kernel, stride, padding, dilation, ceil_mode));
}

Var avg_pool2d(const Var& x, const AvgPoolOptions& options) {
    const auto& [kernel, stride, padding, ceil_mode, count_padding, divisor] = options;
    require(divisor >= 0, "avg_pool2d", "divisor_override must be positive, got ", divisor);
    return avg_pool("avg_pool2d", x, checked_shape("avg_pool2d", x.shape(), kernel, stride, padding, 1, ceil_mode),
                    {.count_padding = count_padding, .fixed = divisor});
}

Var global_avg_pool2d(const Var& x) {
    return avg_pool("global_avg_pool2d", x, whole_image("global_avg_pool2d", x.shape()), {});
}

Var global_max_pool2d(const Var& x) {
    return max_pool("global_max_pool2d", x, whole_image("global_max_pool2d", x.shape()));
}

}  // namespace normlab
