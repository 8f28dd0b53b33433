// What the two ways to compute a Winograd convolution share: how its work is cut into pieces, where the transformed
// kernels lie, and how an output is stored. winograd.cpp computes a piece at once, winograd_strips.h by strips.
#pragma once

#include "framework/kernels/fast/conv_tile.h"
#include "framework/kernels/fast/winograd_tiles.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kTilesOfPiece = 56;
constexpr Index kFewWeights = 1 << 18;  // numbers, a second-level cache
constexpr Index kPiecesWanted = 16;
constexpr Index kDepthOfStrips = 32;  // at most

// y = correlation of x with the kernels; the weight of tap t, input channel c and output channel k of a group is at
// w[first_tap + group * weights + t * tap + c * channel + k * out]. C and K are a group's.
struct Job {
    Index N, G, H, W, C, P, Q, K;
    Index R, S;
    Pair pad;  // before the first row and column
    Pair dilation;
    Index first_tap, weights, tap, channel, out;
};

// Input channels that are multiplied in one run; a part has whole runs, the last one padded. Runs are as long as little
// padding permits, at most a vector.
Index unit_of(Index channels) {
    Index unit = kLanes;
    while (unit > 4 && round_up(channels, unit / 2) < round_up(channels, unit)) unit /= 2;
    return unit;
}

struct Plan {
    const Job& job;
    const Parts parts{job.R, job.S};
    const Tiles tiles{job.N, job.P, job.Q, job.dilation};
    const ChannelBlocks blocks{job.K};
    const Index unit = unit_of(job.C);
    const Index channels = round_up(job.C, unit);
    const Index depth = parts.count * channels;  // terms of a sum
    const Index patch_vectors = parts.count * ceil_div(job.C, kLanes);
    // A strip has V and kernels in a first-level cache, and sums in 32 registers, for so few channels only.
    const bool by_strips = kRegisters == 32 && depth <= kDepthOfStrips && !blocks.half(blocks.count - 1);
    // Pieces take half as many tiles where there would be too few pieces, if the weights, which each reads, are few.
    const bool halved = kPoints * weights_pitch() <= kFewWeights && tiles.count < kPiecesWanted * kTilesOfPiece;
    const Index runs = ceil_div(tiles.count, halved ? kTilesOfPiece / 2 : kTilesOfPiece);  // of tiles
    const Index group_runs = job.G * runs;
    const Index ranges = smaller(blocks.count, ceil_div(kPiecesWanted, group_runs));  // of blocks
    const Index most_tiles = ceil_div(tiles.count, runs);                             // in a piece
    const Index most_outputs = (2 * ceil_div(blocks.count, ranges) + 1) * kLanes;     // channels in a piece

    ImageView<const Scalar> inputs(const Scalar* x, Index group) const {
        return {x + group * job.C, job.H, job.W, job.G * job.C};
    }
    template <class Number>
    ImageView<Number> outputs(Number* y, Index group) const {
        return {y + group * job.K, job.P, job.Q, job.G * job.K};
    }
    Index pieces() const { return group_runs * ranges; }
    // Where the kernels' point (r, s) lies in U of a group, for term d of the sums and a vector of output channels.
    Index kernels_at(int r, int s, Index d, Index vector) const {
        if (by_strips) return (((s * blocks.vectors + vector) * depth + d) * kPatch + r) * kLanes;
        const Index block = blocks.holding(vector * kLanes), first = blocks.begin(block);
        return (r * kPatch + s) * weights_pitch() + first * depth + d * blocks.width(block) + vector * kLanes - first;
    }
    // Distances between the 36 points.
    Index weights_pitch() const { return depth * blocks.lanes(); }
    Index patches_pitch() const { return odd_lines(most_tiles * patch_vectors * kLanes); }
    Index sums_pitch() const { return odd_lines(most_tiles * most_outputs); }
};

struct Piece {
    Index group, first_tile, tiles, first_block, end_block;
    Index first_channel, end_channel;  // of the blocks
};

Piece piece_of(const Plan& plan, Index number) {
    Digits digits{number};
    const Index range = digits.next(plan.ranges), run = digits.next(plan.runs);
    const Index first_tile = begin_of(run, plan.runs, plan.tiles.count);
    const Index first_block = begin_of(range, plan.ranges, plan.blocks.count);
    const Index end_block = begin_of(range + 1, plan.ranges, plan.blocks.count);
    return {.group = digits.rest,
            .first_tile = first_tile,
            .tiles = begin_of(run + 1, plan.runs, plan.tiles.count) - first_tile,
            .first_block = first_block,
            .end_block = end_block,
            .first_channel = plan.blocks.begin(first_block),
            .end_channel = plan.blocks.begin(end_block - 1) + plan.blocks.channels(end_block - 1)};
}

// What all pieces read and write.
struct Operands {
    const Scalar *x, *weights, *bias, *zeros;
    EpilogueView epilogue;
    Scalar* y;
};

// Stores an output of a tile, with the bias and the epilogue.
template <class Lanes>
inline void put(const TilePixels<Scalar>& pixels, int i, int j, Index k, Vec value, const Lanes& lanes,
                const Operands& operands) {
    if (!pixels.has(i, j)) return;
    Scalar* const to = pixels(i, j) + k;
    lanes.store(to, finished(value, operands.epilogue, to - operands.y,
                             [&](const Scalar* residual) { return lanes.load(residual); }));
}

template <class Lanes>
inline Vec bias_of(const Plan& plan, Index group, Index k, const Lanes& lanes, const Operands& operands) {
    return operands.bias != nullptr ? lanes.load(operands.bias + group * plan.job.K + k) : Vec{};
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
