// The forward convolution and the gradient of its input, put as correlations. With h = p*stride - pad + r*dilation:
//
//     y[p] += x[h] * w[r]    forward: output p reads input p*stride + (r*dilation - pad)
//     dx[h] += dy[p] * w[r]  backward: of the pixels h = phase + i*stride, for phase = 0 ... stride-1, tap r
//                            reaches those where phase + pad - r*dilation is a multiple of the stride, and reads
//                            dy at i + (phase + pad - r*dilation) / stride
#include "framework/kernels/fast/conv_depthwise.h"
#include "framework/kernels/fast/conv_direct.h"
#include "framework/kernels/fast/conv_groups.h"
#include "framework/kernels/fast/fast.h"
#include "framework/kernels/fast/winograd.h"

namespace normlab::NORMLAB_ISA {
namespace {

// The taps of an axis that reach the outputs of `phase`, in place of the list of all.
struct PhaseTaps {
    Index phase, pad, dilation, stride;
    bool reached(Index tap) const { return (phase + pad - tap * dilation) % stride == 0; }
    Index offset(Index tap) const { return (phase + pad - tap * dilation) / stride; }
};

}  // namespace

void conv2d(const ConvShape& shape, const Scalar* x, const Scalar* w, const Scalar* bias, EpilogueView finish,
            Scalar* y) {
    if (depthwise(shape)) return depthwise_forward(shape, x, w, bias, finish, y);
    if (const JoinedGroups groups(shape); groups.any())
        return conv2d(groups.joined(), x, groups.join(w).as(), bias, finish, y);
    if (winograd_pays(shape)) return winograd_forward(shape, x, w, bias, finish, y);
    const ConvShape s = simplified(shape);
    const Index C = s.C / s.G, taps = s.R * s.S;
    const Memory memory(static_cast<std::size_t>(taps) * sizeof(Tap));
    Tap* const list = memory.as<Tap>();
    for (Index t = 0; t < taps; ++t)
        list[t] = {t / s.S * s.dilation.h - s.pad_top, t % s.S * s.dilation.w - s.pad_left, t * C};
    const Grid grid = {0, taps, s.P, s.Q, 0};
    const Correlation job = {
        .N = s.N,
        .G = s.G,
        .H = s.H,
        .W = s.W,
        .C = C,
        .in_pixel = s.C,
        .K = s.K / s.G,
        .out_image = s.P * s.Q * s.K,
        .out_row = s.Q * s.K,
        .out_col = s.K,
        .step_h = s.stride.h,
        .step_w = s.stride.w,
        .weight_group = s.K / s.G * taps * C,
        .weight_channel = 1,
        .weight_out = taps * C,
        .taps = list,
        .tap_count = taps,
        .grids = &grid,
        .grid_count = 1,
    };
    correlate(job, x, w, bias, finish, y);
}

void conv2d_backward_input(const ConvShape& shape, const Scalar* dy, const Scalar* w, EpilogueView finish, Scalar* dx) {
    if (depthwise(shape)) return depthwise_backward_input(shape, dy, w, finish, dx);
    if (const JoinedGroups groups(shape); groups.any())
        return conv2d_backward_input(groups.joined(), dy, groups.join(w).as(), finish, dx);
    if (winograd_pays(shape)) return winograd_backward_input(shape, dy, w, finish, dx);
    const ConvShape s = simplified(shape);
    const Index C = s.C / s.G, taps = s.R * s.S, grids = s.stride.h * s.stride.w;
    const Memory tap_memory(static_cast<std::size_t>(taps) * sizeof(Tap));
    const Memory grid_memory(static_cast<std::size_t>(grids) * sizeof(Grid));
    Tap* const list = tap_memory.as<Tap>();
    Grid* const grid = grid_memory.as<Grid>();
    Index found = 0;
    for (Index g = 0; g < grids; ++g) {
        const PhaseTaps h = {g / s.stride.w, s.pad_top, s.dilation.h, s.stride.h};
        const PhaseTaps v = {g % s.stride.w, s.pad_left, s.dilation.w, s.stride.w};
        grid[g] = {found, 0, ceil_div(larger(s.H - h.phase, 0), s.stride.h),
                   ceil_div(larger(s.W - v.phase, 0), s.stride.w), (h.phase * s.W + v.phase) * s.C};
        for (Index r = 0; r < s.R; ++r)
            for (Index t = 0; t < s.S; ++t)
                if (h.reached(r) && v.reached(t)) list[found++] = {h.offset(r), v.offset(t), (r * s.S + t) * C};
        grid[g].taps = found - grid[g].first_tap;
    }
    const Correlation job = {
        .N = s.N,
        .G = s.G,
        .H = s.P,
        .W = s.Q,
        .C = s.K / s.G,
        .in_pixel = s.K,
        .K = C,
        .out_image = s.H * s.W * s.C,
        .out_row = s.stride.h * s.W * s.C,
        .out_col = s.stride.w * s.C,
        .step_h = 1,
        .step_w = 1,
        .weight_group = s.K / s.G * taps * C,
        .weight_channel = taps * C,
        .weight_out = 1,
        .taps = list,
        .tap_count = taps,
        .grids = grid,
        .grid_count = grids,
    };
    correlate(job, dy, w, nullptr, finish, dx);
}

}  // namespace normlab::NORMLAB_ISA
