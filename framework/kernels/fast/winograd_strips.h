// Where input channels are few, V and M of some tens of tiles would go through the second-level cache, and that takes
// as long as the multiplications. A strip of T <= 4 tiles has room in the first level. Its points are taken by columns:
//
//              tile 0 .. T-1
//             +---------------+
//     point 0 |               |     for each input channel c:
//       ...   |  6 x T sums,  |       6 vectors of kernels are loaded, each multiplied with T broadcast numbers of V
//     point 5 |  registers    |
//             +---------------+     then A' leads from the 6 points to 4 rows: M itself is never stored
//
//     V   [point's column][part][vector of input channels][point's row][tile][lane]
//     U   [group][point's column][vector of output channels][part][input channel][point's row][lane]
//
// so that of both a column is read from beginning to end.
#pragma once

#include "framework/kernels/fast/winograd_plan.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kColumnOfVector = kPatch * kStrip * kLanes;  // of V, for a vector of input channels

// A' M of a strip, down the columns: [tile][row][column][lane].
using HalfSums = Scalar[kStrip][kTile][kPatch][kLanes];

// Column j of it. `channels` are a part's, padded.
template <int T>
__attribute__((noinline)) void multiply_column(const Scalar* patches, Index parts, Index channels,
                                               const Scalar* kernels, int j, HalfSums& half) {
    Vec sums[kPatch][T] = {};
    for (Index part = 0; part < parts; ++part)
        for (Index first = 0; first < channels; first += kLanes, patches += kColumnOfVector)
            for (Index c = 0; c < smaller(kLanes, channels - first); ++c, kernels += kPatch * kLanes)
#pragma GCC unroll 6
                for (int i = 0; i < kPatch; ++i) {
                    const Vec u = load(kernels + i * kLanes);
#pragma GCC unroll 4
                    for (int t = 0; t < T; ++t) sums[i][t] += splat(patches[(i * kStrip + t) * kLanes + c]) * u;
                }
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) {
        Vec column[kPatch], rows[kTile];
#pragma GCC unroll 6
        for (int i = 0; i < kPatch; ++i) column[i] = sums[i][t];
        OutputLine::apply(column, rows);
#pragma GCC unroll 4
        for (int i = 0; i < kTile; ++i) store(half[t][i][j], rows[i]);
    }
}

// Picks the instance for this number of tiles.
template <int T = kStrip>
void multiply_column(Index tiles, const Scalar* patches, Index parts, Index channels, const Scalar* kernels, int j,
                     HalfSums& half) {
    if (tiles == T) return multiply_column<T>(patches, parts, channels, kernels, j, half);
    if constexpr (T > 1) multiply_column<T - 1>(tiles, patches, parts, channels, kernels, j, half);
}

// The rows of A' M A, as transform_sums().
void finish_strip(const Plan& plan, const Piece& piece, const Strip& strip, const HalfSums& half, Index k,
                  const Operands& operands) {
    for_vectors(k, smaller(k + kLanes, piece.end_channel), [&](Index, auto lanes) {
        const Vec bias = bias_of(plan, piece.group, k, lanes, operands);
        for (Index t = 0; t < strip.tiles; ++t) {
            const TilePixels<Scalar> pixels(plan.outputs(operands.y, piece.group),
                                            strip.outputs.moved(0, t * kTile * strip.outputs.step.w));
#pragma GCC unroll 4
            for (int i = 0; i < kTile; ++i) {
                Vec row[kPatch], y[kTile];
#pragma GCC unroll 6
                for (int j = 0; j < kPatch; ++j) row[j] = load(half[t][i][j]);
                OutputLine::apply(row, y);
#pragma GCC unroll 4
                for (int j = 0; j < kTile; ++j) put(pixels, i, j, k, y[j] + bias, lanes, operands);
            }
        }
    });
}

// What is read or written next, some channels of the pixels in the rows of a strip, is asked for while the processor
// multiplies.
struct Ahead {
    ImageView<const Scalar> images;
    TileOrigin at;
    Index tiles, channels;

    template <Use use>
    __attribute__((always_inline)) inline void ask_for_row(int row) const {
        const Index h = at.top + row * at.step.h;
        if (h < 0 || h >= images.H) return;
        const Scalar* const first = images.data + (at.image * images.H + h) * images.W * images.pitch;
        const Index end = smaller(at.left + tiles * kTile * at.step.w, images.W);
        for (Index w = at.left; w < end; w += at.step.w) ask_for<use>(first + w * images.pitch, channels);
    }
};

// The pixels that the strip's outputs are written to, or those of the residual.
Ahead outputs_of(const Plan& plan, const Piece& piece, const Strip& strip, const Scalar* images) {
    const Index channels = piece.end_channel - piece.first_channel;
    if (images == nullptr) return {plan.outputs(images, 0), strip.outputs, 0, 0};
    return {plan.outputs(images + piece.first_channel, piece.group), strip.outputs, strip.tiles, channels};
}
// The inputs that a strip reads; two of their rows were read with the tiles above it.
Ahead inputs_of(const Plan& plan, Index group, const Strip& strip, const Scalar* images) {
    const TileOrigin rows = strip.outputs.moved(2 * plan.job.dilation.h - plan.job.pad.h, 0);
    return {plan.inputs(images, group), rows, strip.tiles, plan.job.C};
}

void compute_strip(const Plan& plan, const Piece& piece, const Strip& strip, const Ahead& next, Scalar* patches,
                   const Operands& operands) {
    const Job& job = plan.job;
    const Index part_vectors = ceil_div(job.C, kLanes), column = plan.patch_vectors * kColumnOfVector;
    transform_patches(plan.inputs(operands.x, piece.group), strip, plan.parts, job.pad, job.C,
                      {kStrip * kLanes, column}, [&](Index part, Index c, Index t) {
                          return patches + (part * part_vectors + c / kLanes) * kColumnOfVector + t * kLanes;
                      });
    const Ahead outputs = outputs_of(plan, piece, strip, operands.y);
    const Ahead residual = outputs_of(plan, piece, strip, operands.epilogue.residual);
    const Scalar* const weights = operands.weights + piece.group * kPoints * plan.weights_pitch();
    HalfSums half;
    for (Index k = piece.first_channel; k < piece.end_channel; k += kLanes) {
        for (int j = 0; j < kPatch; ++j) {
            if (k == piece.first_channel && j < kTile) {
                outputs.ask_for_row<Use::write>(j);
                residual.ask_for_row<Use::read>(j);
                next.ask_for_row<Use::read>(j);
            }
            multiply_column(strip.tiles, patches + j * column, plan.parts.count, plan.channels,
                            weights + plan.kernels_at(0, j, 0, k / kLanes), j, half);
        }
        finish_strip(plan, piece, strip, half, k, operands);
    }
}

void compute_by_strips(const Plan& plan, const Piece& piece, const Piece& next, const Operands& operands) {
    const Memory patches = numbers(kPatch * plan.patch_vectors * kColumnOfVector);
    const Index end = piece.first_tile + piece.tiles;
    for_strips(plan.tiles, piece.first_tile, end, [&](const Strip& strip) {
        const Index after = strip.first_tile + strip.tiles;
        const bool last = after == end;
        const Index coming = last ? next.first_tile : after, tiles = last ? next.tiles : end - after;
        const Strip coming_strip = {coming, smaller(kStrip, tiles), plan.tiles.origin_of(coming)};
        const Ahead inputs = inputs_of(plan, last ? next.group : piece.group, coming_strip, operands.x);
        compute_strip(plan, piece, strip, inputs, patches.as(), operands);
    });
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
