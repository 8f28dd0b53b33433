// The forward convolution and the gradient of its input, which is a convolution of dy with the kernels turned around.
//
//     pieces      some tiles x some blocks of output channels, of a group; the unit of work of a thread
//       V           the patches of the tiles, transformed:      [point][part][vector of channels][tile][lane]
//       points      for each of the 36:
//         blocks      of output channels: 2 vectors, the last one 1 or 3
//           tiles       P of them x the block, see conv_tile.h:  M = V * U, a matrix product over parts and channels
//       M           the sums:                                   [point][tile][output channel]
//       y           M transformed
//
// U, the kernels transformed once:  [group][point][block][part][input channel][lane]
#include "framework/kernels/fast/winograd.h"

#include "framework/kernels/fast/conv_tile.h"
#include "framework/kernels/fast/transpose.h"
#include "framework/kernels/fast/winograd_tiles.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kTilesOfPiece = 56;     // half of them where there would be too few pieces and the weights are few:
constexpr Index kFewWeights = 1 << 18;  // numbers, a second-level cache
constexpr Index kPiecesWanted = 16;
constexpr Index kKernelsInCache = 1 << 17;  // of 36 numbers: 18 MiB
constexpr Index kFewTiles = 8, kEnoughTiles = 16;

// y = correlation of x with the kernels; the weight of tap t, input channel c and output channel k of a group is at
// w[group * weights + t * tap + c * channel + k * out], or with the taps counted backwards. C and K are a group's.
struct Job {
    Index N, G, H, W, C, P, Q, K;
    Index R, S;
    Index pad_top, pad_left;
    Pair dilation;
    Index weights, tap, channel, out;
    bool turned;
};

// Channels that are multiplied without a look at where the next ones lie: as many as leave little to fill up.
Index unit_of(Index channels) {
    Index unit = kLanes;
    while (unit > 4 && round_up(channels, unit / 2) < round_up(channels, unit)) unit /= 2;
    return unit;
}

struct Plan {
    const Job& job;
    Parts parts;
    Tiles tiles;
    Index unit, channels, depth;     // input channels in whole units; and those of all parts
    Index patch_vectors;             // of input channels, of all parts
    Blocks blocks;                   // of output channels
    Index runs, ranges;              // of tiles, of blocks
    Index most_tiles, most_outputs;  // in a piece

    explicit Plan(const Job& j)
        : job(j), parts(j.R, j.S), tiles(j.N, j.P, j.Q, j.dilation), unit(unit_of(j.C)), blocks(j.K) {
        channels = round_up(job.C, unit);
        depth = parts.count * channels;
        patch_vectors = parts.count * ceil_div(job.C, kLanes);
        const bool few = kPoints * weights_pitch() <= kFewWeights && tiles.count < kPiecesWanted * kTilesOfPiece;
        runs = ceil_div(tiles.count, few ? kTilesOfPiece / 2 : kTilesOfPiece);
        ranges = smaller(blocks.count, ceil_div(kPiecesWanted, runs * job.G));
        most_tiles = ceil_div(tiles.count, runs);
        most_outputs = (2 * ceil_div(blocks.count, ranges) + 1) * kLanes;
    }
    ImageView<const Scalar> inputs(const Scalar* x, Index group) const {
        return {x + group * job.C, job.H, job.W, job.G * job.C};
    }
    template <class Number>
    ImageView<Number> outputs(Number* y, Index group) const {
        return {y + group * job.K, job.P, job.Q, job.G * job.K};
    }
    Index pieces() const { return job.G * runs * ranges; }
    Index weights_pitch() const { return depth * blocks.lanes(); }
    Index patches_pitch() const { return point_pitch(most_tiles * patch_vectors * kLanes); }
    Index sums_pitch() const { return point_pitch(most_tiles * most_outputs); }
};

// U = G g G' for 16 input channels of a part and a block at a time: the kernels are first brought into the order
// [tap][c][lane].
void transform_kernels(const Plan& plan, const Scalar* w, Scalar* weights) {
    const Job& job = plan.job;
    constexpr Index kTogether = 16;
    const Index stretches = ceil_div(plan.channels, kTogether);
    parallel(job.G * plan.blocks.count * plan.parts.count * stretches, [&](Index piece) {
        const Index first = piece % stretches * kTogether, part = piece / stretches % plan.parts.count;
        const Index block = piece / stretches / plan.parts.count % plan.blocks.count;
        const Index group = piece / stretches / plan.parts.count / plan.blocks.count;
        const Index width = plan.blocks.width(block), outs = plan.blocks.channels(block);
        const Index channels = smaller(kTogether, job.C - first);
        Scalar taps[kTaps * kTaps][kTogether * kMostVectors * kLanes] = {};
        for (Index i = 0; i < kTaps * kTaps; ++i) {
            const Index t = plan.parts.tap(part, i / kTaps, i % kTaps);
            if (t < 0) continue;
            const Scalar* from = w + group * job.weights + (job.turned ? job.R * job.S - 1 - t : t) * job.tap +
                                 first * job.channel + plan.blocks.begin(block) * job.out;
            if (job.channel == 1)
                transpose(from, outs, channels, job.out, taps[i], width, width);
            else
                for (Index c = 0; c < channels; ++c)
                    for (Index k = 0; k < outs; ++k) taps[i][c * width + k] = from[c * job.channel + k];
        }
        Scalar* const to = weights + group * kPoints * plan.weights_pitch() + plan.blocks.begin(block) * plan.depth +
                           (part * plan.channels + first) * width;
        for (Index i = 0; i < smaller(kTogether, plan.channels - first) * width; i += kLanes)
            transform<KernelLine>(
                [&](int r, int s) { return load(taps[r * kTaps + s] + i); },
                [&](int r, int s, Vec u) { store(to + (r * kPatch + s) * plan.weights_pitch() + i, u); });
    });
}

struct Piece {
    Index group, first_tile, tiles, first_block, end_block;
    Index first_channel(const Plan& plan) const { return plan.blocks.begin(first_block); }
    Index end_channel(const Plan& plan) const {
        return plan.blocks.begin(end_block - 1) + plan.blocks.channels(end_block - 1);
    }
};

Piece piece_of(const Plan& plan, Index number) {
    const Index range = number % plan.ranges, run = number / plan.ranges % plan.runs;
    const Index first = begin_of(run, plan.runs, plan.tiles.count);
    return {number / plan.ranges / plan.runs, first, begin_of(run + 1, plan.runs, plan.tiles.count) - first,
            begin_of(range, plan.ranges, plan.blocks.count), begin_of(range + 1, plan.ranges, plan.blocks.count)};
}

// Where the channels from c on, of a part, lie in V.
Index place_in_patches(const Plan& plan, const Piece& piece, Index part, Index c) {
    return (part * ceil_div(plan.job.C, kLanes) + c / kLanes) * piece.tiles * kLanes + c % kLanes;
}

// What is needed after the multiplications, asked for with each point: the places of the outputs of this piece and the
// inputs of the next.
struct Ahead {
    const Plan& plan;
    const Piece &piece, &next;
    const Scalar *x, *residual;
    Scalar* y;

    __attribute__((always_inline)) void ask(Index point) const {
        const Index from = piece.first_tile + begin_of(point, kPoints, piece.tiles);
        const Index to = piece.first_tile + begin_of(point + 1, kPoints, piece.tiles);
        ask_for<Use::write>(plan.outputs(y, piece.group), plan.tiles, from, to, piece.first_channel(plan),
                            piece.end_channel(plan));
        if (residual != nullptr)
            ask_for<Use::read>(plan.outputs(residual, piece.group), plan.tiles, from, to, piece.first_channel(plan),
                               piece.end_channel(plan));
        ask_for<Use::read>(plan.inputs(x, next.group), plan.tiles,
                           next.first_tile + begin_of(point, kPoints, next.tiles),
                           next.first_tile + begin_of(point + 1, kPoints, next.tiles), 0, plan.job.C);
    }
};

void multiply(const Plan& plan, const Piece& piece, const Scalar* patches, const Scalar* weights, const Scalar* zeros,
              const Index* offsets, const Ahead& ahead, Scalar* sums) {
    const Index outputs = plan.most_outputs;
    const Places places(outputs);
    for (Index point = 0; point < kPoints; ++point) {
        ahead.ask(point);
        for (Index block = piece.first_block; block < piece.end_block; ++block) {
            const int vectors = static_cast<int>(plan.blocks.vectors_of(block));
            for_tiles(piece.tiles, vectors, [&](Index begin, int count) {
                compute_tile<kLanes>(
                    count, vectors,
                    {.in = patches + point * plan.patches_pitch() + begin * kLanes,
                     .taps = offsets,
                     .tap_count = plan.depth / plan.unit,
                     .channels = plan.unit,
                     .plane = 1,
                     .weights = weights + point * plan.weights_pitch() + plan.blocks.begin(block) * plan.depth,
                     .weight_pitch = plan.blocks.width(block),
                     .start = zeros,
                     .out = sums + point * plan.sums_pitch() + begin * outputs +
                            plan.blocks.begin(block - piece.first_block),
                     .pixels = places.of,
                     .half = plan.blocks.half(block)});
            });
        }
    }
}

void transform_sums(const Plan& plan, const Piece& piece, const Scalar* sums, const Scalar* bias, EpilogueView finish,
                    Scalar* y) {
    const Index pitch = plan.sums_pitch(), first = piece.first_channel(plan), end = piece.end_channel(plan);
    for (Index t = 0; t < piece.tiles; ++t) {
        const Index tile = piece.first_tile + t;
        const Window<Scalar, kTile> window(plan.outputs(y, piece.group), plan.tiles.place_of(tile), nullptr);
        for_vectors(first, end, [&](Index k, auto lanes) {
            const Scalar* const from = sums + t * plan.most_outputs + k - first;
            const Vec start = bias != nullptr ? lanes.load(bias + piece.group * plan.job.K + k) : Vec{};
            transform<OutputLine>([=](int i, int j) { return load(from + (i * kPatch + j) * pitch); },
                                  [=, &window](int i, int j, Vec value) {
                                      if (window.pixel[i][j] == nullptr) return;
                                      Scalar* const to = window.pixel[i][j] + k;
                                      const auto load = [&](const Scalar* residual) { return lanes.load(residual); };
                                      lanes.store(to, finished(value + start, finish, to - y, load));
                                  });
        });
    }
}

Memory unit_offsets(const Plan& plan, const Piece& piece) {
    Memory memory(static_cast<std::size_t>(plan.depth / plan.unit) * sizeof(Index));
    Index* to = memory.as<Index>();
    for (Index part = 0; part < plan.parts.count; ++part)
        for (Index c = 0; c < plan.channels; c += plan.unit) *to++ = place_in_patches(plan, piece, part, c);
    return memory;
}

void correlate(const Job& job, const Scalar* x, const Scalar* w, const Scalar* bias, EpilogueView finish, Scalar* y) {
    const Plan plan(job);
    const Memory weights = numbers(job.G * kPoints * plan.weights_pitch());
    transform_kernels(plan, w, weights.as());

    const Memory zero_memory = zeros(larger(round_up(job.C, kLanes), kMostVectors * kLanes));
    parallel(plan.pieces(), [&](Index number) {
        const Piece piece = piece_of(plan, number);
        const Piece next = number + 1 < plan.pieces() ? piece_of(plan, number + 1) : Piece{};
        const Memory patches = numbers(kPoints * plan.patches_pitch());
        const Memory sums = numbers(kPoints * plan.sums_pitch());
        const Memory offsets = unit_offsets(plan, piece);
        for (Index t = 0; t < piece.tiles; ++t)
            transform_patches(plan.inputs(x, piece.group),
                              plan.tiles.place_of(piece.first_tile + t).moved(-job.pad_top, -job.pad_left), plan.parts,
                              job.C, zero_memory.as(), plan.patches_pitch(), [&](Index part, Index c) {
                                  return patches.as() + place_in_patches(plan, piece, part, c) + t * kLanes;
                              });
        multiply(plan, piece, patches.as(), weights.as() + piece.group * kPoints * plan.weights_pitch(),
                 zero_memory.as(), offsets.as<Index>(), {plan, piece, next, x, finish.residual, y}, sums.as());
        transform_sums(plan, piece, sums.as(), bias, finish, y);
    });
}

}  // namespace

// With few channels on both sides the maps take longer than the multiplications that they save, as with tiles that the
// image does not fill; with few tiles so does the map of the kernels, which makes them larger, and more so where they
// are too many for a cache.
bool winograd_pays(const ConvShape& s) {
    const bool fits = s.R >= kTaps && s.S >= kTaps && s.stride == Pair(1);
    const Index C = s.C / s.G, K = s.K / s.G, tiles = Tiles(s.N, s.P, s.Q, s.dilation).count;
    const Index parts = Parts(s.R, s.S).count;
    const bool saves = 2 * kPoints * parts * tiles <= s.N * s.P * s.Q * s.R * s.S;
    const bool enough_tiles = tiles >= (C * K * parts <= kKernelsInCache ? kFewTiles : kEnoughTiles);
    return fits && saves && C >= 16 && K >= 16 && enough_tiles;
}

void winograd_forward(const ConvShape& s, const Scalar* x, const Scalar* w, const Scalar* bias, EpilogueView finish,
                      Scalar* y) {
    const Index C = s.C / s.G, K = s.K / s.G, taps = s.R * s.S;
    correlate({.N = s.N,
               .G = s.G,
               .H = s.H,
               .W = s.W,
               .C = C,
               .P = s.P,
               .Q = s.Q,
               .K = K,
               .R = s.R,
               .S = s.S,
               .pad_top = s.pad_top,
               .pad_left = s.pad_left,
               .dilation = s.dilation,
               .weights = K * taps * C,
               .tap = C,
               .channel = 1,
               .out = taps * C,
               .turned = false},
              x, w, bias, finish, y);
}

void winograd_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, EpilogueView finish, Scalar* dx) {
    const Index C = s.C / s.G, K = s.K / s.G, taps = s.R * s.S;
    correlate({.N = s.N,
               .G = s.G,
               .H = s.P,
               .W = s.Q,
               .C = K,
               .P = s.H,
               .Q = s.W,
               .K = C,
               .R = s.R,
               .S = s.S,
               .pad_top = (s.R - 1) * s.dilation.h - s.pad_top,
               .pad_left = (s.S - 1) * s.dilation.w - s.pad_left,
               .dilation = s.dilation,
               .weights = K * taps * C,
               .tap = C,
               .channel = taps * C,
               .out = 1,
               .turned = true},
              dy, w, nullptr, finish, dx);
}

}  // namespace normlab::NORMLAB_ISA
