// Convolutions of stride 1 by Winograd's F(4x4, 3x3): a tile of 4x4 outputs takes 36 multiplications per input and
// output channel instead of 144. winograd_tiles.h says how other kernels are cut into kernels of 3x3; the maps are in
// winograd_lines.h, the multiplications in conv_tile.h.
//
// Rounding. The maps enlarge numbers before they shrink them. With independent terms of one size, an output is the sum
// of 9 products' variances directly; through the maps it is the sum over the points p of A'[i,p]^2 |G[p]|^2 |B'[p]|^2
// in each direction, of which the mean square over a tile, by those 9, is 23 = 4.8^2 (116 = 10.8^2 with the points 1
// and 2). The maps round about four times, and a sum of n terms sqrt(n/6) times, by a relative u = 2^-24. So
//
//     rms error <= 4.8 u (4 + sqrt(n/6)) of the rms result
//
// where n is the number of input channels in all parts of a kernel, or of tiles for the weights' gradient. The bound is
// 2.5e-6 for 128 channels; measured were 0.5e-6 to 1.3e-6 (direct sums: 0.2e-6).
//
// What is not finite spreads. The maps make each output of a tile from its whole patch, if with a weight of 0: one NaN
// or infinity among the 6x6 inputs makes all 4x4 outputs NaN, where a direct sum would spoil the 3x3 that read it. As
// patches overlap, an input spoils up to 8x8 outputs, but never another image's; in the weights' gradient it spoils a
// whole kernel.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {

enum class WeightsAre { given, prepared };
bool winograd_pays(const ConvShape& s, WeightsAre weights = WeightsAre::given);
Memory winograd_weights(const ConvShape& s, const Scalar* w);  // transformed, as winograd_forward() reads them
void winograd_forward(const ConvShape& s, const Scalar* x, const Scalar* weights, const Scalar* bias,
                      EpilogueView epilogue, Scalar* y);
void winograd_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, EpilogueView epilogue, Scalar* dx);
void winograd_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw);

}  // namespace normlab::NORMLAB_ISA
