// The gradient of the weights. With V = B' d B of the patches, dM = A dy A' of the tiles of dy,
//
//     dU = sum over tiles of V * dM,   dg = G' dU G
//
// The sum is a matrix product for each of the 36 points, and a tile of conv_tile.h again: its "pixels" are input
// channels, its lanes output channels, and it sums over the tiles.
//
//     runs        of tiles, each with a sum of its own that lies in the cache of the thread that forms it; where the
//     sum
//                 would not fit, a single run that all threads share
//       slabs       as many tiles as have room for V and dM beside it, or in the third-level cache; for each:
//         V, dM       transformed:     [point][tile][input channel],  [point][block][tile][lane]
//         pieces      a point x a range of blocks of output channels
//           blocks      2 vectors, the last one 1 or 3
//             tiles       P input channels x the block, added to dU:   [point][block][input channel][lane]
#include "framework/kernels/fast/conv_tile.h"
#include "framework/kernels/fast/transpose.h"
#include "framework/kernels/fast/winograd.h"
#include "framework/kernels/fast/winograd_tiles.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kSumsOfRun = 1 << 17;  // at most, in numbers: half of a second-level cache
constexpr Index kSlabOfRun = 1 << 16;  // numbers in V and dM
constexpr Index kSlabOfAll = 4 << 20;  // where threads share them
constexpr Index kRunsWanted = 16;
constexpr Index kTilesTogether = 16;  // transformed by one thread
constexpr Index kPiecesWanted = 72;

struct Plan {
    const ConvShape& s;
    Tiles tiles;
    Index inputs, vectors, blocks;
    Index runs;
    Index most_tiles;  // in a slab
    Index ranges;      // of blocks

    explicit Plan(const ConvShape& shape) : s(shape), tiles(s.N, s.P, s.Q) {
        inputs = round_up(s.C, kLanes);
        vectors = ceil_div(s.K, kLanes);
        blocks = larger(vectors / 2, 1);
        const Index of_tile = kPoints * (inputs + vectors * kLanes);  // numbers in V and dM
        const bool alone = kPoints * sums_pitch() <= kSumsOfRun;
        runs = alone ? smaller(kRunsWanted, tiles.count) : 1;
        most_tiles = smaller(ceil_div(tiles.count, runs), larger(1, (alone ? kSlabOfRun : kSlabOfAll) / of_tile));
        ranges = smaller(blocks, ceil_div(kPiecesWanted, kPoints));
    }
    Images<const Scalar> inputs_of(const Scalar* x) const { return {x, s.H, s.W, s.C}; }
    Images<const Scalar> outputs_of(const Scalar* dy) const { return {dy, s.P, s.Q, s.K}; }
    Index block_vectors(Index block) const { return block + 1 < blocks ? 2 : vectors - 2 * block; }
    Index patches_pitch() const { return point_pitch(most_tiles * inputs); }
    Index gradients_pitch() const { return point_pitch(most_tiles * vectors * kLanes); }
    Index sums_pitch() const { return point_pitch(s.C * vectors * kLanes); }
};

struct Slab {
    Index first, tiles;
    bool first_of_run;
};

void transform_patch(const Plan& plan, const Scalar* x, Index tile, const Scalar* zeros, Scalar* to) {
    const ConvShape& s = plan.s;
    const Window<const Scalar, kPatch> window(plan.inputs_of(x), plan.tiles.patch_of(tile, s.pad_top, s.pad_left),
                                              zeros);
    const Index pitch = plan.patches_pitch();
    for_vectors(0, s.C, [&](Index c, auto lanes) {
        transform<InputLine>([&](int i, int j) { return lanes.load(window.pixel[i][j] + c); },
                             [=](int i, int j, Vec v) { store(to + (i * kPatch + j) * pitch + c, v); });
    });
}

void transform_gradient(const Plan& plan, const Slab& slab, const Scalar* dy, Index t, const Scalar* zeros,
                        Scalar* to) {
    const ConvShape& s = plan.s;
    const Index tile = slab.first + t;
    const Window<const Scalar, kTile> window(plan.outputs_of(dy), plan.tiles.place_of(tile), zeros);
    const Index pitch = plan.gradients_pitch();
    for_vectors(0, s.K, [&](Index k, auto lanes) {
        const Index block = smaller(k / (2 * kLanes), plan.blocks - 1), first = 2 * block * kLanes;
        Scalar* const place = to + first * slab.tiles + t * plan.block_vectors(block) * kLanes + k - first;
        transform<OutputGradientLine>([&](int i, int j) { return lanes.load(window.pixel[i][j] + k); },
                                      [=](int i, int j, Vec dm) { store(place + (i * kPatch + j) * pitch, dm); });
    });
}

void add_products(const Plan& plan, const Slab& slab, Index point, Index block, const Scalar* patches,
                  const Scalar* gradients, const Scalar* zeros, Scalar* sums) {
    const int vectors = static_cast<int>(plan.block_vectors(block));
    const Index width = vectors * kLanes, parts = ceil_div(plan.s.C, most_pixels(vectors));
    const Index no_offset = 0;
    Index places[kMostPixels];
    for (Index p = 0; p < kMostPixels; ++p) places[p] = p * width;
    for (Index part = 0; part < parts; ++part) {
        const Index begin = begin_of(part, parts, plan.s.C), end = begin_of(part + 1, parts, plan.s.C);
        compute_tile<1>(static_cast<int>(end - begin), vectors,
                        {.in = patches + point * plan.patches_pitch() + begin,
                         .taps = &no_offset,
                         .tap_count = 1,
                         .channels = slab.tiles,
                         .plane = plan.inputs,
                         .weights = gradients + point * plan.gradients_pitch() + 2 * block * kLanes * slab.tiles,
                         .weight_pitch = width,
                         .start = slab.first_of_run ? zeros : nullptr,
                         .out = sums + point * plan.sums_pitch() + 2 * block * kLanes * plan.s.C + begin * width,
                         .pixels = places});
    }
}

// The sum over the tiles begin..end.
void add_tiles(const Plan& plan, Index begin, Index end, const Scalar* x, const Scalar* dy, const Scalar* zeros,
               Scalar* sums) {
    const Block patches = numbers(kPoints * plan.patches_pitch());
    const Block gradients = numbers(kPoints * plan.gradients_pitch());
    const Index slabs = ceil_div(end - begin, plan.most_tiles);
    for (Index number = 0; number < slabs; ++number) {
        const Index first = begin + begin_of(number, slabs, end - begin);
        const Slab slab = {first, begin + begin_of(number + 1, slabs, end - begin) - first, number == 0};
        const Index next = slab.first + slab.tiles;
        const Index next_tiles = smaller(slab.tiles, end - next);  // asked for while this slab is multiplied
        parallel_range(slab.tiles, kTilesTogether, [&](Index from, Index to) {
            for (Index t = from; t < to; ++t) {
                transform_patch(plan, x, slab.first + t, zeros, patches.as() + t * plan.inputs);
                transform_gradient(plan, slab, dy, t, zeros, gradients.as());
            }
        });
        parallel(kPoints * plan.ranges, [&](Index piece) {
            const Index range = piece % plan.ranges, point = piece / plan.ranges;
            const Index from = next + begin_of(piece, kPoints * plan.ranges, next_tiles),
                        to = next + begin_of(piece + 1, kPoints * plan.ranges, next_tiles);
            ask_for<Use::read>(plan.inputs_of(x), plan.tiles, from, to, 0, plan.s.C);
            ask_for<Use::read>(plan.outputs_of(dy), plan.tiles, from, to, 0, plan.s.K);
            for (Index block = begin_of(range, plan.ranges, plan.blocks);
                 block < begin_of(range + 1, plan.ranges, plan.blocks); ++block)
                add_products(plan, slab, point, block, patches.as(), gradients.as(), zeros, sums);
        });
    }
}

// dg = G' dU G for 16 input channels of a block at a time, and into dw's own order.
void transform_sums(const Plan& plan, const Scalar* sums, Scalar* dw) {
    const ConvShape& s = plan.s;
    constexpr Index kTogether = 16;
    parallel(plan.blocks * ceil_div(s.C, kTogether), [&](Index piece) {
        const Index block = piece % plan.blocks, first = piece / plan.blocks * kTogether;
        const Index width = plan.block_vectors(block) * kLanes, k = 2 * block * kLanes;
        const Index channels = smaller(kTogether, s.C - first);
        const Scalar* const from = sums + k * s.C + first * width;
        Scalar taps[kTaps * kTaps][kTogether * kMostVectors * kLanes];
        for (Index i = 0; i < channels * width; i += kLanes)
            transform<KernelGradientLine>(
                [&](int r, int t) {
                    const Scalar* const at = from + (r * kPatch + t) * plan.sums_pitch() + i;
                    Vec sum = load(at);
                    for (Index run = 1; run < plan.runs; ++run) sum += load(at + run * kPoints * plan.sums_pitch());
                    return sum;
                },
                [&](int r, int t, Vec g) { store(taps[r * kTaps + t] + i, g); });
        for (Index t = 0; t < kTaps * kTaps; ++t)
            transpose(taps[t], channels, smaller(width, s.K - k), width, dw + (k * kTaps * kTaps + t) * s.C + first,
                      kTaps * kTaps * s.C, channels);
    });
}

}  // namespace

void winograd_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw) {
    const Plan plan(s);
    const Index most = larger(larger(plan.inputs, plan.vectors * kLanes), kMostVectors * kLanes);
    const Block sums = numbers(plan.runs * kPoints * plan.sums_pitch()), zeros = numbers(most);
    for (Index i = 0; i < most; ++i) zeros.as()[i] = 0;

    const auto add_run = [&](Index run) {
        add_tiles(plan, begin_of(run, plan.runs, plan.tiles.count), begin_of(run + 1, plan.runs, plan.tiles.count), x,
                  dy, zeros.as(), sums.as() + run * kPoints * plan.sums_pitch());
    };
    if (plan.runs == 1)
        add_run(0);
    else
        parallel(plan.runs, add_run);
    transform_sums(plan, sums.as(), dw);
}

}  // namespace normlab::NORMLAB_ISA
