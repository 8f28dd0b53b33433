// What the forward convolution and the gradient of its input have in common. Both sum, for each output pixel, inputs
// times weights over a list of taps:
//
//     out[n, p, q, k] = bias[k] + sum over taps t, channels c of
//                       in[n, p*step.h + t.row, q*step.w + t.col, c] * weight[t, c, k]      (zero outside the image)
//
// Forward there is one grid of outputs, all of y. Backward with a stride of 2 there are four grids, the pixels of dx
// with even and odd coordinates: each is reached by other taps, and no multiplication with a zero is ever done.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {

struct Tap {
    Index row, col;  // where it reads
    Index weight;    // where its weights begin
};

struct Grid {
    Index first_tap, taps;
    Index P, Q;
    Index out;  // where its first pixel lies in an image of `out`
};

struct Correlation {
    Index N, G;
    Index H, W, C, in_pixel;               // of the input; C channels in a group, in_pixel in all
    Index K, out_image, out_row, out_col;  // of the output; K channels in a group, then the distances
    Index step_h, step_w;
    Index weight_group, weight_channel, weight_out;  // distances between groups, input and output channels
    const Tap* taps;
    Index tap_count;
    const Grid* grids;
    Index grid_count;
};

void correlate(const Correlation& job, const Scalar* in, const Scalar* weight, const Scalar* bias, EpilogueView finish,
               Scalar* out);

}  // namespace normlab::NORMLAB_ISA
