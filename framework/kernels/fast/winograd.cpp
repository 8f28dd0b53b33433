// The forward convolution and the gradient of its input, which is a convolution of dy with the kernels turned around.
//
//     pieces      some tiles x some blocks of output channels; the unit of work of a thread
//       V           the patches of the tiles, transformed:      [point][vector of channels][tile][lane]
//       points      for each of the 36:
//         blocks      of output channels: 2 vectors, the last one 1 or 3
//           tiles       P of them x the block, see conv_tile.h:  M = V * U, a matrix product over the input channels
//       M           the sums:                                   [point][tile][output channel]
//       y           M transformed
//
// U, the kernels transformed once:  [point][block][input channel][lane]
#include "framework/kernels/fast/winograd.h"

#include "framework/kernels/fast/conv_tile.h"
#include "framework/kernels/fast/transpose.h"
#include "framework/kernels/fast/winograd_tiles.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kTilesOfPiece = 56;
constexpr Index kPiecesWanted = 16;
constexpr Index kKernelsInCache = 1 << 17;  // of 36 numbers: 18 MiB
constexpr Index kEnoughTiles = 16;

// y = correlation of x with the kernels; the weight of tap t, input channel c and output channel k is at
// w[t * tap + c * channel + k * out], or with the taps counted backwards.
struct Job {
    Index N, H, W, C, P, Q, K;
    Index pad_top, pad_left;
    Index tap, channel, out;
    bool turned;
};

struct Plan {
    const Job& job;
    Tiles tiles;
    Index channels, vectors, blocks;  // input channels in whole vectors; vectors and blocks of output channels
    Index groups, ranges;             // of tiles, of blocks
    Index most_tiles, most_outputs;   // in a piece

    explicit Plan(const Job& j) : job(j), tiles(j.N, j.P, j.Q) {
        channels = round_up(job.C, kLanes);
        vectors = ceil_div(job.K, kLanes);
        blocks = larger(vectors / 2, 1);
        groups = ceil_div(tiles.count, kTilesOfPiece);
        ranges = smaller(blocks, ceil_div(kPiecesWanted, groups));
        most_tiles = ceil_div(tiles.count, groups);
        most_outputs = (2 * ceil_div(blocks, ranges) + 1) * kLanes;
    }
    Images<const Scalar> inputs(const Scalar* x) const { return {x, job.H, job.W, job.C}; }
    template <class Number>
    Images<Number> outputs(Number* y) const {
        return {y, job.P, job.Q, job.K};
    }
    Index block_vectors(Index block) const { return block + 1 < blocks ? 2 : vectors - 2 * block; }
    Index weights_pitch() const { return channels * vectors * kLanes; }
    Index patches_pitch() const { return point_pitch(most_tiles * channels); }
    Index sums_pitch() const { return point_pitch(most_tiles * most_outputs); }
};

// U = G g G' for 16 input channels of a block at a time: the kernels are first brought into the order [tap][c][lane].
void transform_kernels(const Plan& plan, const Scalar* w, Scalar* weights) {
    const Job& job = plan.job;
    constexpr Index kTogether = 16;
    parallel(plan.blocks * ceil_div(plan.channels, kTogether), [&](Index piece) {
        const Index block = piece % plan.blocks, first = piece / plan.blocks * kTogether;
        const Index width = plan.block_vectors(block) * kLanes, outs = smaller(width, job.K - 2 * block * kLanes);
        const Index channels = larger(0, smaller(kTogether, job.C - first));
        Scalar taps[kTaps * kTaps][kTogether * kMostVectors * kLanes] = {};
        for (Index t = 0; t < kTaps * kTaps; ++t) {
            const Scalar* from = w + (job.turned ? kTaps * kTaps - 1 - t : t) * job.tap + first * job.channel +
                                 2 * block * kLanes * job.out;
            if (job.channel == 1)
                transpose(from, outs, channels, job.out, taps[t], width, width);
            else
                for (Index c = 0; c < channels; ++c)
                    for (Index k = 0; k < outs; ++k) taps[t][c * width + k] = from[c * job.channel + k];
        }
        Scalar* const to = weights + 2 * block * kLanes * plan.channels + first * width;
        for (Index i = 0; i < smaller(kTogether, plan.channels - first) * width; i += kLanes)
            transform<KernelLine>(
                [&](int r, int s) { return load(taps[r * kTaps + s] + i); },
                [&](int r, int s, Vec u) { store(to + (r * kPatch + s) * plan.weights_pitch() + i, u); });
    });
}

struct Piece {
    Index first_tile, tiles, first_block, end_block;
    Index first_channel() const { return 2 * first_block * kLanes; }
    Index end_channel(const Plan& plan) const { return end_block == plan.blocks ? plan.job.K : 2 * end_block * kLanes; }
};

Piece piece_of(const Plan& plan, Index number) {
    const Index range = number % plan.ranges, group = number / plan.ranges;
    const Index first = begin_of(group, plan.groups, plan.tiles.count);
    return {first, begin_of(group + 1, plan.groups, plan.tiles.count) - first,
            begin_of(range, plan.ranges, plan.blocks), begin_of(range + 1, plan.ranges, plan.blocks)};
}

void transform_patches(const Plan& plan, const Piece& piece, const Scalar* x, const Scalar* zeros, Scalar* patches) {
    const Job& job = plan.job;
    const Index pitch = plan.patches_pitch();
    for (Index t = 0; t < piece.tiles; ++t) {
        const Index tile = piece.first_tile + t;
        const Window<const Scalar, kPatch> window(plan.inputs(x), plan.tiles.patch_of(tile, job.pad_top, job.pad_left),
                                                  zeros);
        for_vectors(0, job.C, [&](Index c, auto lanes) {
            Scalar* const to = patches + c * piece.tiles + t * kLanes;
            transform<InputLine>([&](int i, int j) { return lanes.load(window.pixel[i][j] + c); },
                                 [=](int i, int j, Vec v) { store(to + (i * kPatch + j) * pitch, v); });
        });
    }
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
        ask_for<Use::write>(plan.outputs(y), plan.tiles, from, to, piece.first_channel(), piece.end_channel(plan));
        if (residual != nullptr)
            ask_for<Use::read>(plan.outputs(residual), plan.tiles, from, to, piece.first_channel(),
                               piece.end_channel(plan));
        ask_for<Use::read>(plan.inputs(x), plan.tiles, next.first_tile + begin_of(point, kPoints, next.tiles),
                           next.first_tile + begin_of(point + 1, kPoints, next.tiles), 0, plan.job.C);
    }
};

void multiply(const Plan& plan, const Piece& piece, const Scalar* patches, const Scalar* weights, const Scalar* zeros,
              const Index* offsets, const Ahead& ahead, Scalar* sums) {
    const Index outputs = plan.most_outputs;
    Index places[kMostPixels];
    for (Index p = 0; p < kMostPixels; ++p) places[p] = p * outputs;
    for (Index point = 0; point < kPoints; ++point) {
        ahead.ask(point);
        for (Index block = piece.first_block; block < piece.end_block; ++block) {
            const int vectors = static_cast<int>(plan.block_vectors(block));
            const Index parts = ceil_div(piece.tiles, most_pixels(vectors));
            for (Index part = 0; part < parts; ++part) {
                const Index begin = begin_of(part, parts, piece.tiles), end = begin_of(part + 1, parts, piece.tiles);
                compute_tile<kLanes>(
                    static_cast<int>(end - begin), vectors,
                    {.in = patches + point * plan.patches_pitch() + begin * kLanes,
                     .taps = offsets,
                     .tap_count = plan.channels / kLanes,
                     .channels = kLanes,
                     .plane = 1,
                     .weights = weights + point * plan.weights_pitch() + 2 * block * kLanes * plan.channels,
                     .weight_pitch = vectors * kLanes,
                     .start = zeros,
                     .out =
                         sums + point * plan.sums_pitch() + begin * outputs + 2 * (block - piece.first_block) * kLanes,
                     .pixels = places});
            }
        }
    }
}

void transform_sums(const Plan& plan, const Piece& piece, const Scalar* sums, const Scalar* bias, Finish finish,
                    Scalar* y) {
    const Index pitch = plan.sums_pitch(), first = piece.first_channel(), end = piece.end_channel(plan);
    for (Index t = 0; t < piece.tiles; ++t) {
        const Index tile = piece.first_tile + t;
        const Window<Scalar, kTile> window(plan.outputs(y), plan.tiles.place_of(tile), nullptr);
        for_vectors(first, end, [&](Index k, auto lanes) {
            const Scalar* const from = sums + t * plan.most_outputs + k - first;
            const Vec start = bias != nullptr ? lanes.load(bias + k) : Vec{};
            transform<OutputLine>([=](int i, int j) { return load(from + (i * kPatch + j) * pitch); },
                                  [=, &window](int i, int j, Vec value) {
                                      if (window.pixel[i][j] == nullptr) return;
                                      Scalar* const to = window.pixel[i][j] + k;
                                      value += start;
                                      if (finish.residual != nullptr) value += lanes.load(finish.residual + (to - y));
                                      if (finish.relu) value = value < Vec{} ? Vec{} : value;
                                      lanes.store(to, value);
                                  });
        });
    }
}

void correlate(const Job& job, const Scalar* x, const Scalar* w, const Scalar* bias, Finish finish, Scalar* y) {
    const Plan plan(job);
    const Block weight_memory = numbers(kPoints * plan.weights_pitch());
    transform_kernels(plan, w, weight_memory.as());

    const Block zero_memory = numbers(larger(plan.channels, kMostVectors * kLanes));
    for (Index i = 0; i < larger(plan.channels, kMostVectors * kLanes); ++i) zero_memory.as()[i] = 0;
    parallel(plan.groups * plan.ranges, [&](Index number) {
        const Piece piece = piece_of(plan, number);
        const Piece next = number + 1 < plan.groups * plan.ranges ? piece_of(plan, number + 1) : Piece{};
        const Block patches = numbers(kPoints * plan.patches_pitch());
        const Block sums = numbers(kPoints * plan.sums_pitch());
        const Block offsets(static_cast<std::size_t>(plan.channels / kLanes) * sizeof(Index));
        for (Index i = 0; i < plan.channels / kLanes; ++i) offsets.as<Index>()[i] = i * kLanes * piece.tiles;
        transform_patches(plan, piece, x, zero_memory.as(), patches.as());
        multiply(plan, piece, patches.as(), weight_memory.as(), zero_memory.as(), offsets.as<Index>(),
                 {plan, piece, next, x, finish.residual, y}, sums.as());
        transform_sums(plan, piece, sums.as(), bias, finish, y);
    });
}

}  // namespace

// With few channels on both sides the maps take longer than the multiplications that they save; with few tiles so does
// reading the kernels, which their map makes four times as large, where they are too many for a cache.
bool winograd_pays(const ConvShape& s) {
    const bool fits = s.R == kTaps && s.S == kTaps && s.stride == Pair(1) && s.dilation == Pair(1) && s.G == 1;
    const bool enough_tiles = s.C * s.K <= kKernelsInCache || Tiles(s.N, s.P, s.Q).count >= kEnoughTiles;
    return fits && s.C >= 16 && s.K >= 16 && s.C * s.K >= 256 && enough_tiles;
}

void winograd_forward(const ConvShape& s, const Scalar* x, const Scalar* w, const Scalar* bias, Finish finish,
                      Scalar* y) {
    correlate({.N = s.N,
               .H = s.H,
               .W = s.W,
               .C = s.C,
               .P = s.P,
               .Q = s.Q,
               .K = s.K,
               .pad_top = s.pad_top,
               .pad_left = s.pad_left,
               .tap = s.C,
               .channel = 1,
               .out = kTaps * kTaps * s.C,
               .turned = false},
              x, w, bias, finish, y);
}

void winograd_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, Finish finish, Scalar* dx) {
    correlate({.N = s.N,
               .H = s.P,
               .W = s.Q,
               .C = s.K,
               .P = s.H,
               .Q = s.W,
               .K = s.C,
               .pad_top = kTaps - 1 - s.pad_top,
               .pad_left = kTaps - 1 - s.pad_left,
               .tap = s.C,
               .channel = kTaps * kTaps * s.C,
               .out = 1,
               .turned = true},
              dy, w, nullptr, finish, dx);
}

}  // namespace normlab::NORMLAB_ISA
