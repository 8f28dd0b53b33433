// The forward convolution and the gradient of its input, which is a convolution of dy with the kernels rotated by half
// a turn.
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
//
// With few input channels a piece is computed strip by strip instead: winograd_strips.h.
#include "framework/kernels/fast/winograd.h"

#include "framework/kernels/fast/transpose.h"
#include "framework/kernels/fast/winograd_strips.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kKernelsInCache = 1 << 17;  // of 36 numbers: 18 MiB
constexpr Index kFewestTiles = 4, kFewTiles = 8, kEnoughTiles = 16;
constexpr Index kTogether = 16;  // input channels whose kernels are transformed together

// kTogether input channels of a part and a block.
struct Stretch {
    Index group, block, part, first;
};

// The kernels of a stretch: [tap][c][lane].
using StretchTaps = Scalar[kTaps * kTaps][kTogether * kMostVectors * kLanes];
void copy_taps(const Plan& plan, const Stretch& stretch, const Scalar* w, StretchTaps& taps) {
    const Job& job = plan.job;
    const Index width = plan.blocks.width(stretch.block), outs = plan.blocks.channels(stretch.block);
    const Index channels = smaller(kTogether, job.C - stretch.first);
    const Scalar* const first = w + job.first_tap + stretch.group * job.weights + stretch.first * job.channel +
                                plan.blocks.begin(stretch.block) * job.out;
    for (Index i = 0; i < kTaps * kTaps; ++i) {
        const Index t = plan.parts.tap(stretch.part, i / kTaps, i % kTaps);
        if (t < 0) continue;
        const Scalar* const from = first + t * job.tap;
        if (job.channel == 1)
            transpose(from, outs, channels, job.out, taps[i], width, width);
        else
            for (Index c = 0; c < channels; ++c)
                for (Index k = 0; k < outs; ++k) taps[i][c * width + k] = from[c * job.channel + k];
    }
}

// U = G g G'
void transform_kernels(const Plan& plan, const Scalar* w, Scalar* weights) {
    const Index stretches = ceil_div(plan.channels, kTogether);
    parallel(plan.job.G * plan.blocks.count * plan.parts.count * stretches, [&](Index number) {
        Digits digits{number};
        const Index first = digits.next(stretches) * kTogether, part = digits.next(plan.parts.count);
        const Index block = digits.next(plan.blocks.count), group = digits.rest;
        StretchTaps taps = {};
        copy_taps(plan, {group, block, part, first}, w, taps);
        Scalar* const to = weights + group * kPoints * plan.weights_pitch();
        const Index vectors = plan.blocks.vectors_of(block);
        for (Index i = 0; i < smaller(kTogether, plan.channels - first) * vectors; ++i) {
            const Index d = part * plan.channels + first + i / vectors, v = i % vectors;
            transform<KernelLine>([&](int r, int s) { return load(taps[r * kTaps + s] + i * kLanes); },
                                  [&](int r, int s, Vec u) { store(to + plan.kernels_at(r, s, d, 2 * block + v), u); });
        }
    });
}

// Where a part's channels from c on lie in V.
Index patch_offset(const Plan& plan, const Piece& piece, Index part, Index c) {
    return (part * ceil_div(plan.job.C, kLanes) + c / kLanes) * piece.tiles * kLanes + c % kLanes;
}

// Where each run of `unit` input channels lies in V.
Memory unit_offsets(const Plan& plan, const Piece& piece) {
    Memory memory = room_for<Index>(plan.depth / plan.unit);
    Index* to = memory.as<Index>();
    for (Index part = 0; part < plan.parts.count; ++part)
        for (Index c = 0; c < plan.channels; c += plan.unit) *to++ = patch_offset(plan, piece, part, c);
    return memory;
}

// With each point a share of what is needed after the multiplications is asked for: the outputs of this piece and the
// inputs of the next.
__attribute__((always_inline)) inline void ask_ahead(const Plan& plan, const Piece& piece, const Piece& next,
                                                     Index point, const Operands& operands) {
    const Index from = piece.first_tile + begin_of(point, kPoints, piece.tiles);
    const Index to = piece.first_tile + begin_of(point + 1, kPoints, piece.tiles);
    ask_for<Use::write>(plan.outputs(operands.y, piece.group), plan.tiles, from, to, piece.first_channel,
                        piece.end_channel);
    if (operands.epilogue.residual != nullptr)
        ask_for<Use::read>(plan.outputs(operands.epilogue.residual, piece.group), plan.tiles, from, to,
                           piece.first_channel, piece.end_channel);
    ask_for<Use::read>(plan.inputs(operands.x, next.group), plan.tiles,
                       next.first_tile + begin_of(point, kPoints, next.tiles),
                       next.first_tile + begin_of(point + 1, kPoints, next.tiles), 0, plan.job.C);
}

// M = V * U for one point.
void multiply(const Plan& plan, const Piece& piece, Index point, const Scalar* patches, const Index* offsets,
              const Operands& operands, Scalar* sums) {
    const PixelOffsets pixels(plan.most_outputs);
    const Scalar* const weights = operands.weights + (piece.group * kPoints + point) * plan.weights_pitch();
    for (Index block = piece.first_block; block < piece.end_block; ++block) {
        const int vectors = static_cast<int>(plan.blocks.vectors_of(block));
        const Index k = plan.blocks.begin(block);
        for_tiles(piece.tiles, vectors, [&](Index begin, int count) {
            compute_tile<kLanes>(
                count, vectors,
                {.in = patches + point * plan.patches_pitch() + begin * kLanes,
                 .taps = offsets,
                 .tap_count = plan.depth / plan.unit,
                 .channels = plan.unit,
                 .plane = 1,
                 .weights = weights + k * plan.depth,
                 .weight_pitch = plan.blocks.width(block),
                 .start = operands.zeros,
                 .out = sums + point * plan.sums_pitch() + begin * plan.most_outputs + k - piece.first_channel,
                 .pixels = pixels.of,
                 .half = plan.blocks.half(block)});
        });
    }
}

// y = A' M A, then the bias and the epilogue.
void transform_sums(const Plan& plan, const Piece& piece, const Scalar* sums, const Operands& operands) {
    const Index pitch = plan.sums_pitch();
    for (Index t = 0; t < piece.tiles; ++t) {
        const TilePixels<Scalar> pixels(plan.outputs(operands.y, piece.group),
                                        plan.tiles.origin_of(piece.first_tile + t));
        for_vectors(piece.first_channel, piece.end_channel, [&](Index k, auto lanes) {
            const Scalar* const from = sums + t * plan.most_outputs + k - piece.first_channel;
            const Vec bias = bias_of(plan, piece.group, k, lanes, operands);
            transform<OutputLine>([=](int i, int j) { return load(from + (i * kPatch + j) * pitch); },
                                  [=, &pixels, &operands](int i, int j, Vec value) {
                                      put(pixels, i, j, k, value + bias, lanes, operands);
                                  });
        });
    }
}

// V = B' d B
void transform_inputs(const Plan& plan, const Piece& piece, const Operands& operands, Scalar* patches) {
    const PointPitch pitch = {kPatch * plan.patches_pitch(), plan.patches_pitch()};
    for_strips(plan.tiles, piece.first_tile, piece.first_tile + piece.tiles, [&](const Strip& strip) {
        transform_patches(plan.inputs(operands.x, piece.group), strip, plan.parts, plan.job.pad, plan.job.C, pitch,
                          [&](Index part, Index c, Index t) {
                              return patches + patch_offset(plan, piece, part, c) +
                                     (strip.first_tile - piece.first_tile + t) * kLanes;
                          });
    });
}

void compute_piece(const Plan& plan, const Piece& piece, const Piece& next, const Operands& operands) {
    if (plan.by_strips) return compute_by_strips(plan, piece, next, operands);
    const Memory patches = numbers(kPoints * plan.patches_pitch());
    const Memory sums = numbers(kPoints * plan.sums_pitch());
    const Memory offsets = unit_offsets(plan, piece);
    transform_inputs(plan, piece, operands, patches.as());
    for (Index point = 0; point < kPoints; ++point) {
        ask_ahead(plan, piece, next, point, operands);
        multiply(plan, piece, point, patches.as(), offsets.as<Index>(), operands, sums.as());
    }
    transform_sums(plan, piece, sums.as(), operands);
}

Memory transformed(const Job& job, const Scalar* w) {
    const Plan plan{job};
    Memory weights = numbers(job.G * kPoints * plan.weights_pitch());
    transform_kernels(plan, w, weights.as());
    return weights;
}

void correlate(const Job& job, const Scalar* x, const Scalar* weights, const Scalar* bias, EpilogueView epilogue,
               Scalar* y) {
    const Plan plan{job};
    const Memory zero_memory = zeros(kMostVectors * kLanes);
    const Operands operands = {x, weights, bias, zero_memory.as(), epilogue, y};
    parallel(plan.pieces(), [&](Index number) {
        const Piece next = number + 1 < plan.pieces() ? piece_of(plan, number + 1) : Piece{};
        compute_piece(plan, piece_of(plan, number), next, operands);
    });
}

Job forward_job(const ConvShape& s) {
    const Index C = s.C / s.G, K = s.K / s.G, taps = s.R * s.S;
    return {.N = s.N,
            .G = s.G,
            .H = s.H,
            .W = s.W,
            .C = C,
            .P = s.P,
            .Q = s.Q,
            .K = K,
            .R = s.R,
            .S = s.S,
            .pad = {s.pad_top, s.pad_left},
            .dilation = s.dilation,
            .first_tap = 0,
            .weights = K * taps * C,
            .tap = C,
            .channel = 1,
            .out = taps * C};
}

Job backward_input_job(const ConvShape& s) {
    const Index C = s.C / s.G, K = s.K / s.G, taps = s.R * s.S;
    return {.N = s.N,
            .G = s.G,
            .H = s.P,
            .W = s.Q,
            .C = K,
            .P = s.H,
            .Q = s.W,
            .K = C,
            .R = s.R,
            .S = s.S,
            .pad = {(s.R - 1) * s.dilation.h - s.pad_top, (s.S - 1) * s.dilation.w - s.pad_left},
            .dilation = s.dilation,
            .first_tap = (taps - 1) * C,
            .weights = K * taps * C,
            .tap = -C,
            .channel = taps * C,
            .out = 1};
}

}  // namespace

// The maps take longer than the multiplications that they save where both sides have few channels or the image does not
// fill the tiles. With few tiles the map of the kernels does, unless it was done before. It makes the kernels larger:
// if they exceed a cache, few tiles take longer in any case.
bool winograd_pays(const ConvShape& s, WeightsAre weights) {
    const bool fits = s.R >= kTaps && s.S >= kTaps && s.stride == Pair(1);
    const Index C = s.C / s.G, K = s.K / s.G, tiles = Tiles{s.N, s.P, s.Q, s.dilation}.count;
    const Index parts = Parts{s.R, s.S}.count;
    const bool saves = 2 * kPoints * parts * tiles <= s.N * s.P * s.Q * s.R * s.S;
    const Index few = weights == WeightsAre::prepared ? kFewestTiles : kFewTiles;
    const bool enough_tiles = tiles >= (C * K * parts <= kKernelsInCache ? few : kEnoughTiles);
    return fits && saves && C >= 16 && K >= 16 && enough_tiles;
}

Memory winograd_weights(const ConvShape& s, const Scalar* w) {
    return transformed(forward_job(s), w);
}

void winograd_forward(const ConvShape& s, const Scalar* x, const Scalar* weights, const Scalar* bias,
                      EpilogueView epilogue, Scalar* y) {
    correlate(forward_job(s), x, weights, bias, epilogue, y);
}

void winograd_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, EpilogueView epilogue, Scalar* dx) {
    const Job job = backward_input_job(s);
    correlate(job, dy, transformed(job, w).as(), nullptr, epilogue, dx);
}

}  // namespace normlab::NORMLAB_ISA
