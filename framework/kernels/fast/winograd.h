// Convolutions of stride 1 by Winograd's F(4x4, 3x3): a tile of 4x4 outputs takes 36 multiplications per input and
// output channel instead of 144. How kernels other than 3x3 are cut into such is said in winograd_tiles.h; the maps
// between are in winograd_lines.h, the multiplications in conv_tile.h.
//
// Rounding. The maps enlarge numbers before they shrink them. With independent terms of one size, an output is the sum
// of 9 products' variances directly; through the maps it is the sum over the points p of A'[i,p]^2 |G[p]|^2 |B'[p]|^2
// in each direction, of which the mean square over a tile, by those 9, is 23 = 4.8^2 (116 = 10.8^2 with the points 1
// and 2). The maps round about four times, and a sum of n terms sqrt(n/6) times, by u = 2^-24 of what they are. So
//
//     rms error <= 4.8 u (4 + sqrt(n/6)) of the rms result
//
// where n is the number of input channels in all parts of a kernel, or of tiles for the weights' gradient. It is 2.5e-6
// for 128 channels; measured are 0.5e-6 to 1.3e-6 (direct sums: 0.2e-6).
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {

bool winograd_pays(const ConvShape& s);
void winograd_forward(const ConvShape& s, const Scalar* x, const Scalar* w, const Scalar* bias, EpilogueView finish,
                      Scalar* y);
void winograd_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, EpilogueView finish, Scalar* dx);
void winograd_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw);

}  // namespace normlab::NORMLAB_ISA
