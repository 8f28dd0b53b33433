// The gradient of the weights. With V = B' d B of the patches, dM = A dy A' of the tiles of dy,
//
//     dU = sum over tiles of V * dM,   dg = G' dU G
//
// The sum is a matrix product for each of the 36 points, computed by the tile of conv_tile.h: its "pixels" are input
// channels, its lanes output channels, and it sums over the tiles.
//
//     runs        of tiles, for each group, with a sum of their own that lies in the cache of the thread that forms it;
//                 where the sum would not fit, a single run that all threads share
//       slabs       as many tiles as leave room for V and dM beside it and what they are made from, or in the
//                   third-level cache; for each:
//         V, dM       transformed:     [point][tile][position],  [point][block][tile][lane]
//         pieces      a point x a range of blocks of output channels
//           blocks      2 vectors, the last one 1 or 3
//             tiles       P positions x the block, added to dU:   [point][block][position][lane]
//
// Positions are the input channels of one part of the kernel after those of another.
#include "framework/kernels/fast/conv_tile.h"
#include "framework/kernels/fast/transpose.h"
#include "framework/kernels/fast/winograd.h"
#include "framework/kernels/fast/winograd_tiles.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kSumsOfRun = 1 << 18;  // at most, in numbers: a second-level cache
constexpr Index kSlabOfRun = 1 << 16;  // numbers in V and dM: a quarter of a second-level cache,
constexpr Index kFewestTiles = 24;     // or so many tiles, for each slab reads and writes all sums
constexpr Index kSlabOfAll = 4 << 20;  // where threads share them
constexpr Index kRunsWanted = 16;
constexpr Index kTilesTogether = 16;  // transformed by one thread
constexpr Index kPiecesWanted = 72;
constexpr Index kTogether = 16;  // input channels whose kernels are transformed back together

struct Plan {
    const ConvShape& s;
    const Index C = s.C / s.G, K = s.K / s.G;  // of a group
    const Parts parts{s.R, s.S};
    const Tiles tiles{s.N, s.P, s.Q, s.dilation};
    const ChannelBlocks blocks{K};
    const Index positions = parts.count * C;  // of a patch
    // The room for them in V: the last vector of the last part may stick out.
    const Index patch = round_up(positions - C + round_up(C, kLanes), kLanes);
    // Runs pay where their sums stay in a cache and V is larger than all of them; else the threads share one.
    const bool many_tiles = tiles.count >= kRunsWanted * blocks.lanes();
    const bool shared = kPoints * sums_pitch() > kSumsOfRun || !many_tiles;
    const Index runs = shared ? 1 : smaller(ceil_div(kRunsWanted, s.G), tiles.count);
    // A slab has as many tiles as the cache has room for, V and dM together.
    const Index of_tile = kPoints * (patch + blocks.lanes());
    const Index fitting_tiles = shared ? larger(1, kSlabOfAll / of_tile) : larger(kFewestTiles, kSlabOfRun / of_tile);
    const Index most_tiles = smaller(ceil_div(tiles.count, runs), fitting_tiles);
    const Index ranges = smaller(blocks.count, ceil_div(kPiecesWanted, kPoints));  // of blocks

    ImageView<const Scalar> inputs(const Scalar* x, Index group) const { return {x + group * C, s.H, s.W, s.C}; }
    ImageView<const Scalar> gradients(const Scalar* dy, Index group) const { return {dy + group * K, s.P, s.Q, s.K}; }
    // Distances between the 36 points.
    Index patches_pitch() const { return odd_lines(most_tiles * patch); }
    Index gradients_pitch() const { return odd_lines(most_tiles * blocks.lanes()); }
    Index sums_pitch() const { return odd_lines(positions * blocks.lanes()); }
    Index sums_of(Index run, Index group) const { return (run * s.G + group) * kPoints * sums_pitch(); }
};

// What all runs read.
struct Operands {
    const Scalar *x, *dy, *zeros;
};

// A slab of tiles, transformed.
struct Slab {
    Index group, first, tiles;
    Scalar *patches, *gradients;  // V and dM
};

void transform_gradient(const Plan& plan, const Slab& slab, Index t, const Operands& operands) {
    const TilePixels<const Scalar> pixels(plan.gradients(operands.dy, slab.group),
                                          plan.tiles.origin_of(slab.first + t));
    const Index pitch = plan.gradients_pitch();
    for_vectors(0, plan.K, [&](Index k, auto lanes) {
        const Index block = plan.blocks.holding(k), first = plan.blocks.begin(block);
        Scalar* const to = slab.gradients + first * slab.tiles + t * plan.blocks.width(block) + k - first;
        transform<OutputGradientLine>(
            [&](int i, int j) { return pixels.has(i, j) ? lanes.load(pixels(i, j) + k) : Vec{}; },
            [=](int i, int j, Vec dm) { store(to + (i * kPatch + j) * pitch, dm); });
    });
}

void transform_slab(const Plan& plan, const Slab& slab, const Operands& operands) {
    const Pair pad = {plan.s.pad_top, plan.s.pad_left};
    const PointPitch pitch = {kPatch * plan.patches_pitch(), plan.patches_pitch()};
    parallel_range(slab.tiles, kTilesTogether, [&](Index from, Index to) {
        for_strips(plan.tiles, slab.first + from, slab.first + to, [&](const Strip& strip) {
            transform_patches(plan.inputs(operands.x, slab.group), strip, plan.parts, pad, plan.C, pitch,
                              [&](Index part, Index c, Index t) {
                                  return slab.patches + (strip.first_tile - slab.first + t) * plan.patch +
                                         part * plan.C + c;
                              });
        });
        for (Index t = from; t < to; ++t) transform_gradient(plan, slab, t, operands);
    });
}

// dU += V * dM for one point and block; the sums begin at `start` or, where it is null, go on.
void add_products(const Plan& plan, const Slab& slab, Index point, Index block, const Scalar* start, Scalar* sums) {
    const int vectors = static_cast<int>(plan.blocks.vectors_of(block));
    const Index width = plan.blocks.width(block), first = plan.blocks.begin(block), no_offset = 0;
    const PixelOffsets offsets(width);
    for_tiles(plan.positions, vectors, [&](Index begin, int count) {
        compute_tile<1>(count, vectors,
                        {.in = slab.patches + point * plan.patches_pitch() + begin,
                         .taps = &no_offset,
                         .tap_count = 1,
                         .channels = slab.tiles,
                         .plane = plan.patch,
                         .weights = slab.gradients + point * plan.gradients_pitch() + first * slab.tiles,
                         .weight_pitch = width,
                         .start = start,
                         .out = sums + point * plan.sums_pitch() + first * plan.positions + begin * width,
                         .pixels = offsets.of,
                         .half = plan.blocks.half(block)});
    });
}

// All products of a slab. Meanwhile memory is asked for the `next_tiles` tiles after it.
void multiply_slab(const Plan& plan, const Slab& slab, Index next_tiles, const Scalar* start, const Operands& operands,
                   Scalar* sums) {
    const Index pieces = kPoints * plan.ranges, next = slab.first + slab.tiles;
    parallel(pieces, [&](Index piece) {
        const Index from = next + begin_of(piece, pieces, next_tiles);
        const Index to = next + begin_of(piece + 1, pieces, next_tiles);
        ask_for<Use::read>(plan.inputs(operands.x, slab.group), plan.tiles, from, to, 0, plan.C);
        ask_for<Use::read>(plan.gradients(operands.dy, slab.group), plan.tiles, from, to, 0, plan.K);
        Digits digits{piece};
        const Index range = digits.next(plan.ranges), point = digits.rest;
        for (Index block = begin_of(range, plan.ranges, plan.blocks.count);
             block < begin_of(range + 1, plan.ranges, plan.blocks.count); ++block)
            add_products(plan, slab, point, block, start, sums);
    });
}

// The sum over the tiles begin..end.
void add_tiles(const Plan& plan, Index group, Index begin, Index end, const Operands& operands, Scalar* sums) {
    const Memory patches = numbers(kPoints * plan.patches_pitch());
    const Memory gradients = numbers(kPoints * plan.gradients_pitch());
    const Index slabs = ceil_div(end - begin, plan.most_tiles);
    for (Index number = 0; number < slabs; ++number) {
        const Index first = begin + begin_of(number, slabs, end - begin);
        const Index next = begin + begin_of(number + 1, slabs, end - begin);
        const Slab slab = {group, first, next - first, patches.as(), gradients.as()};
        transform_slab(plan, slab, operands);
        multiply_slab(plan, slab, smaller(slab.tiles, end - next), number == 0 ? operands.zeros : nullptr, operands,
                      sums);
    }
}

// dg = G' dU G, dU the sum over the runs, for kTogether input channels of a part and a block at a time, and into dw's
// own order.
void transform_sums(const Plan& plan, const Scalar* sums, Scalar* dw) {
    const Index taps = plan.s.R * plan.s.S, stretches = ceil_div(plan.C, kTogether);
    parallel(plan.s.G * plan.blocks.count * plan.parts.count * stretches, [&](Index number) {
        Digits digits{number};
        const Index first = digits.next(stretches) * kTogether, part = digits.next(plan.parts.count);
        const Index block = digits.next(plan.blocks.count), group = digits.rest;
        const Index width = plan.blocks.width(block), k = plan.blocks.begin(block);
        const Index channels = smaller(kTogether, plan.C - first);
        const Scalar* const from = sums + plan.sums_of(0, group) + k * plan.positions + (part * plan.C + first) * width;
        const Index run_pitch = plan.sums_of(1, 0);
        Scalar gradients[kTaps * kTaps][kTogether * kMostVectors * kLanes];
        for (Index i = 0; i < channels * width; i += kLanes)
            transform<KernelGradientLine>(
                [&](int r, int t) {
                    const Scalar* const at = from + (r * kPatch + t) * plan.sums_pitch() + i;
                    Vec sum = load(at);
                    for (Index run = 1; run < plan.runs; ++run) sum += load(at + run * run_pitch);
                    return sum;
                },
                [&](int r, int t, Vec g) { store(gradients[r * kTaps + t] + i, g); });
        for (Index i = 0; i < kTaps * kTaps; ++i)
            if (const Index t = plan.parts.tap(part, i / kTaps, i % kTaps); t >= 0)
                transpose(gradients[i], channels, plan.blocks.channels(block), width,
                          dw + ((group * plan.K + k) * taps + t) * plan.C + first, taps * plan.C, channels);
    });
}

}  // namespace

void winograd_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw) {
    const Plan plan{s};
    const Memory sums = numbers(plan.sums_of(plan.runs, 0)), zero_memory = zeros(kMostVectors * kLanes);
    const Operands operands = {x, dy, zero_memory.as()};
    const auto add_run = [&](Index number) {
        Digits digits{number};
        const Index group = digits.next(s.G), run = digits.rest;
        add_tiles(plan, group, begin_of(run, plan.runs, plan.tiles.count),
                  begin_of(run + 1, plan.runs, plan.tiles.count), operands, sums.as() + plan.sums_of(run, group));
    };
    if (plan.shared)
        for (Index group = 0; group < s.G; ++group) add_run(group);
    else
        parallel(plan.runs * s.G, add_run);
    transform_sums(plan, sums.as(), dw);
}

}  // namespace normlab::NORMLAB_ISA
