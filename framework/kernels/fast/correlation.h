// What the forward convolution and the gradient of its input have in common. For each output pixel both sum inputs
// times weights over a list of taps:
//
//     out[n, p, q, k] = bias[k] + sum over taps t, channels c of
//                       in[n, p*step.h + t.row, q*step.w + t.col, c] * weight[t, c, k]      (zero outside the image)
//
// Forward there is one grid of outputs, all of y. Backward with a stride of 2 there are four grids, the pixels of dx
// with even and odd coordinates: each has its own taps, and nothing is ever multiplied by a zero.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {

struct Tap {
    Index row, col;  // where it reads, relative to the output pixel
    Index weight;    // where its weights begin
};

struct Grid {
    Index first_tap, taps;
    Index P, Q;
    Index out;  // where its first pixel lies in an image of `out`
};

struct Correlation {
    Index N, G;
    Index H, W, C, in_pixel;               // the input; C channels in a group, in_pixel in all groups
    Index K, out_image, out_row, out_col;  // the output; K channels in a group, then distances in memory
    Index step_h, step_w;
    Index weight_group, weight_channel, weight_out;  // distances between groups, input and output channels
    const Tap* taps;
    Index tap_count;
    const Grid* grids;
    Index grid_count;
};

}  // namespace normlab::NORMLAB_ISA
