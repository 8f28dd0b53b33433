// The forward convolution and the gradient of its input, written as correlations. With h = p*stride - pad + r*dilation:
//
//     y[p] += x[h] * w[r]    forward: output p reads input p*stride + (r*dilation - pad)
//     dx[h] += dy[p] * w[r]  backward: of the pixels h = phase + i*stride, for phase = 0 ... stride-1, tap r
//                            reaches those where phase + pad - r*dilation is a multiple of the stride, and reads
//                            dy at i + (phase + pad - r*dilation) / stride
#include "framework/kernels/fast/conv_depthwise.h"
#include "framework/kernels/fast/conv_direct.h"
#include "framework/kernels/fast/conv_shape.h"
#include "framework/kernels/fast/fast.h"
#include "framework/kernels/fast/winograd.h"

namespace normlab::NORMLAB_ISA {
namespace {

// Which taps of an axis reach the outputs of a phase, and where they read.
struct Phase {
    Index first, pad, dilation, stride;
    Index outputs(Index size) const { return ceil_div(larger(size - first, 0), stride); }
    bool reached(Index tap) const { return (first + pad - tap * dilation) % stride == 0; }
    Index offset(Index tap) const { return (first + pad - tap * dilation) / stride; }
};

void list_taps(const ConvShape& s, Tap* taps) {
    for (Index r = 0; r < s.R; ++r)
        for (Index t = 0; t < s.S; ++t)
            *taps++ = {r * s.dilation.h - s.pad_top, t * s.dilation.w - s.pad_left, (r * s.S + t) * (s.C / s.G)};
}

// One grid for each phase of the rows and of the columns, and the taps of one grid after those of another.
void list_grids(const ConvShape& s, Grid* grids, Tap* taps) {
    Index found = 0;
    for (Index i = 0; i < s.stride.h; ++i)
        for (Index j = 0; j < s.stride.w; ++j) {
            const Phase rows = {i, s.pad_top, s.dilation.h, s.stride.h};
            const Phase cols = {j, s.pad_left, s.dilation.w, s.stride.w};
            const Index first_tap = found;
            for (Index r = 0; r < s.R; ++r)
                for (Index t = 0; t < s.S; ++t)
                    if (rows.reached(r) && cols.reached(t))
                        taps[found++] = {rows.offset(r), cols.offset(t), (r * s.S + t) * (s.C / s.G)};
            *grids++ = {first_tap, found - first_tap, rows.outputs(s.H), cols.outputs(s.W), (i * s.W + j) * s.C};
        }
}

// The forward convolution as a correlation.
struct Forward {
    const ConvShape s;
    const Index C = s.C / s.G, taps = s.R * s.S;
    const Memory tap_memory = room_for<Tap>(taps);
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
        .taps = tap_memory.as<Tap>(),
        .tap_count = taps,
        .grids = &grid,
        .grid_count = 1,
    };
    explicit Forward(const ConvShape& shape) : s(simplified(shape)) { list_taps(s, tap_memory.as<Tap>()); }
    Forward(const Forward&) = delete;
    Forward& operator=(const Forward&) = delete;
};

}  // namespace

void conv2d(const ConvShape& shape, const Scalar* x, const Scalar* w, const Scalar* bias, EpilogueView epilogue,
            Scalar* y) {
    if (depthwise(shape)) return depthwise_forward(shape, x, depthwise_weights(shape, w).as(), bias, epilogue, y);
    if (const JoinedGroups groups{shape}; groups.any())
        return conv2d(groups.joined(), x, groups.join(w).as(), bias, epilogue, y);
    if (winograd_pays(shape)) return winograd_forward(shape, x, winograd_weights(shape, w).as(), bias, epilogue, y);
    correlate(Forward(shape).job, x, {.given = w}, bias, epilogue, y);
}

Memory prepare_conv2d(const ConvShape& shape, const Scalar* w) {
    if (depthwise(shape)) return depthwise_weights(shape, w);
    if (const JoinedGroups groups{shape}; groups.any()) return prepare_conv2d(groups.joined(), groups.join(w).as());
    if (winograd_pays(shape, WeightsAre::prepared)) return winograd_weights(shape, w);
    return packed_weights(Forward(shape).job, w);
}

void conv2d_prepared(const ConvShape& shape, const Scalar* x, const Scalar* prepared, const Scalar* bias,
                     EpilogueView epilogue, Scalar* y) {
    if (depthwise(shape)) return depthwise_forward(shape, x, prepared, bias, epilogue, y);
    if (const JoinedGroups groups{shape}; groups.any())
        return conv2d_prepared(groups.joined(), x, prepared, bias, epilogue, y);
    if (winograd_pays(shape, WeightsAre::prepared)) return winograd_forward(shape, x, prepared, bias, epilogue, y);
    correlate(Forward(shape).job, x, {.packed = prepared}, bias, epilogue, y);
}

void conv2d_backward_input(const ConvShape& shape, const Scalar* dy, const Scalar* w, EpilogueView epilogue,
                           Scalar* dx) {
    if (depthwise(shape)) return depthwise_backward_input(shape, dy, w, epilogue, dx);
    if (const JoinedGroups groups{shape}; groups.any())
        return conv2d_backward_input(groups.joined(), dy, groups.join(w).as(), epilogue, dx);
    if (winograd_pays(shape)) return winograd_backward_input(shape, dy, w, epilogue, dx);
    const ConvShape s = simplified(shape);
    const Index C = s.C / s.G, taps = s.R * s.S, grids = s.stride.h * s.stride.w;
    const Memory tap_memory = room_for<Tap>(taps);
    const Memory grid_memory = room_for<Grid>(grids);
    list_grids(s, grid_memory.as<Grid>(), tap_memory.as<Tap>());
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
        .taps = tap_memory.as<Tap>(),
        .tap_count = taps,
        .grids = grid_memory.as<Grid>(),
        .grid_count = grids,
    };
    correlate(job, dy, {.given = w}, nullptr, epilogue, dx);
}

}  // namespace normlab::NORMLAB_ISA
