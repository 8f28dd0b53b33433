// How a correlation is cut up:
//
//     pieces      some images x a band of rows x some blocks of output channels; the unit of work of a thread
//       chunks      of input channels: the weights of a block and a chunk stay in the second-level cache; the sums of
//                   earlier chunks wait in `out`
//         blocks      of output channels: 2 vectors, the last one 1 or 3
//           tiles       of P pixels x the block, see conv_tile.h
//
// conv_direct_plan.h decides how large each of them is.
#include "framework/kernels/fast/conv_direct.h"

#include "framework/kernels/fast/conv_direct_plan.h"

namespace normlab::NORMLAB_ISA {
namespace {

void compute(int pixels, int vectors, const Tile& tile, Index lanes) {
    (lanes == 1 ? compute_tile<1> : compute_tile<kLanes>)(pixels, vectors, tile);
}

// A tile whose block sticks out beyond the last channel is computed in separate memory and copied.
void compute_sticking_out(int pixels, int vectors, Index channels, Tile tile, Index lanes) {
    Scalar aside[kMostPixels * kMostVectors * kLanes];
    const Index width = vectors * kLanes;
    const PixelOffsets offsets(width);
    Scalar* const out = tile.out;
    const Index* const targets = tile.pixels;
    for (Index p = 0; p < pixels && tile.start == nullptr; ++p)
        for_vectors(0, channels,
                    [&](Index k, auto part) { store(aside + p * width + k, part.load(out + targets[p] + k)); });
    tile.out = aside, tile.pixels = offsets.of;
    compute(pixels, vectors, tile, lanes);
    for (Index p = 0; p < pixels; ++p)
        for_vectors(0, channels,
                    [&](Index k, auto part) { part.store(out + targets[p] + k, load(aside + p * width + k)); });
}

// The epilogue for a part of the result that begins at `at`.
EpilogueView moved(EpilogueView epilogue, Index at) {
    return {epilogue.residual != nullptr ? epilogue.residual + at : nullptr, epilogue.relu};
}

// Finishes the pixels of a tile while they are in the first-level cache. (As part of compute_tile() it would take
// registers from the sums: strided convolutions took half as long again.)
void apply_epilogue(EpilogueView epilogue, Index pixels, Index channels, const Tile& tile) {
    if (epilogue.residual == nullptr && !epilogue.relu) return;
    for (Index p = 0; p < pixels; ++p)
        for_channels(channels, [&](auto zero, Index k) {
            const Index at = tile.pixels[p] + k;
            store_as(tile.out + at, finished(load_as<decltype(zero)>(tile.out + at), epilogue, at));
        });
}

// All tiles of one image, grid, block and chunk. `tile` is that of the band's first pixel; the epilogue's residual
// begins where its output does.
void compute_tiles(const Plan& plan, Extent band, Index block, Tile tile, EpilogueView epilogue) {
    const int vectors = static_cast<int>(plan.blocks.vectors_of(block));
    const Index channels = plan.blocks.channels(block), lanes = plan.planes.lanes;
    const Extent lines = plan.columns == SortedBy::offset ? Extent{1, band.rows * band.cols} : band;
    const Scalar* const in = tile.in;
    const Index* const pixels = tile.pixels;
    for (Index line = 0; line < lines.rows; ++line)
        for_tiles(lines.cols, vectors, [&](Index begin, int count) {
            tile.in = in + (line * plan.planes.cols.extent + begin) * lanes;
            tile.pixels = pixels + line * lines.cols + begin;
            if (channels == plan.blocks.width(block))
                compute(count, vectors, tile, lanes);
            else
                compute_sticking_out(count, vectors, channels, tile, lanes);
            apply_epilogue(epilogue, count, channels, tile);
        });
}

// Where the taps of a chunk read: [tap][run of channels].
void write_tap_offsets(const Plan& plan, Index channels, Index run, Index* to) {
    for (Index t = 0; t < plan.job.tap_count; ++t)
        for (Index c = 0; c < channels; c += run) *to++ = plan.planes.offset(t, c);
}

// Where the pixels of a band, from row `top` of a grid on, are written.
void write_pixel_offsets(const Correlation& job, Extent band, Index top, Index* to) {
    for (Index p = 0; p < band.rows; ++p)
        for (Index q = 0; q < band.cols; ++q) *to++ = (top + p) * job.out_row + q * job.out_col;
}

struct Piece {
    Index group, first_image, images, top, first_block, end_block;
};
Piece piece_of(const Plan& plan, Index number) {
    Digits digits{number};
    const Index range = digits.next(plan.ranges), band = digits.next(plan.bands), stack = digits.next(plan.stacks);
    const Index first_image = stack * plan.images;
    return {.group = digits.rest,
            .first_image = first_image,
            .images = smaller(plan.images, plan.job.N - first_image),
            .top = band * plan.rows,
            .first_block = begin_of(range, plan.ranges, plan.blocks.count),
            .end_block = begin_of(range + 1, plan.ranges, plan.blocks.count)};
}

// What all pieces read and write.
struct Operands {
    const Scalar* in;
    const Weights& weights;
    const Scalar* start;  // of the sums: [group][lane]
    EpilogueView epilogue;
    Scalar* out;
};

// A thread's own memory for a piece.
struct Scratch {
    Index image_size;
    Memory planes, tap_offsets, pixel_offsets, weights;

    Scratch(const Plan& plan, const Weights& packed)
        : image_size(plan.planes.size(plan.chunk)),
          planes(numbers(image_size * plan.images)),
          tap_offsets(room_for<Index>(plan.job.tap_count * ceil_div(plan.chunk, kFewestInRun))),
          pixel_offsets(room_for<Index>(plan.rows * plan.largest.cols)),
          weights(packed.scratch()) {}
};

// The piece's pixels of one grid, with the input channels of one chunk. The first chunk begins the sums, the last one
// applies the epilogue.
void compute_grid(const Plan& plan, const Piece& piece, Index index, const Grid& grid, const Operands& operands,
                  const Scratch& scratch) {
    const Correlation& job = plan.job;
    const Extent band = {smaller(plan.rows, grid.P - piece.top), grid.Q};
    const bool first = index == 0, last = index + 1 == plan.chunks || grid.taps == 0;
    if (band.rows <= 0 || (grid.taps == 0 && !first)) return;
    write_pixel_offsets(job, band, piece.top, scratch.pixel_offsets.as<Index>());
    const Index run = plan.planes.run_of(plan.chunk_channels(index)), runs = plan.chunk_channels(index) / run;
    for (Index block = piece.first_block; block < piece.end_block; ++block) {
        const Index k = plan.blocks.begin(block);
        Tile tile = {
            .in = scratch.planes.as(),
            .taps = scratch.tap_offsets.as<Index>() + grid.first_tap * runs,
            .tap_count = grid.taps * runs,
            .channels = run,
            .plane = plan.planes.distance(),
            .weights = operands.weights.of(piece.group, block, index, grid.first_tap, scratch.weights),
            .weight_pitch = plan.blocks.width(block),
            .start = first ? operands.start + piece.group * plan.blocks.lanes() + k : nullptr,
            .out = operands.out,
            .pixels = scratch.pixel_offsets.as<Index>(),
            .half = plan.blocks.half(block),
        };
        for (Index n = 0; n < piece.images; ++n) {
            const Index at = (piece.first_image + n) * job.out_image + grid.out + piece.group * job.K + k;
            tile.in = scratch.planes.as() + n * scratch.image_size;
            tile.out = operands.out + at;
            compute_tiles(plan, band, block, tile, last ? moved(operands.epilogue, at) : EpilogueView{});
        }
    }
}

void compute_piece(const Plan& plan, const Piece& piece, const Operands& operands) {
    const Correlation& job = plan.job;
    const Scratch scratch(plan, operands.weights);
    for (Index index = 0; index < plan.chunks; ++index) {
        const Index channels = plan.chunk_channels(index);
        write_tap_offsets(plan, channels, plan.planes.run_of(channels), scratch.tap_offsets.as<Index>());
        for (Index n = 0; n < piece.images; ++n)
            pack(job, plan.planes,
                 operands.in + (piece.first_image + n) * job.H * job.W * job.in_pixel + piece.group * job.C +
                     index * plan.chunk,
                 piece.top, channels, scratch.planes.as() + n * scratch.image_size);
        for (Index g = 0; g < job.grid_count; ++g) compute_grid(plan, piece, index, job.grids[g], operands, scratch);
    }
}

// What the sums of each group's output channels start from: the bias, or zeros.
Memory start_of_sums(const Plan& plan, const Scalar* bias) {
    const Index width = plan.blocks.lanes(), K = plan.job.K;
    Memory memory = zeros(plan.job.G * width);
    for (Index g = 0; g < plan.job.G && bias != nullptr; ++g)
        for (Index k = 0; k < K; ++k) memory.as()[g * width + k] = bias[g * K + k];
    return memory;
}

}  // namespace

Memory packed_weights(const Correlation& job, const Scalar* weight) {
    return pack_all_weights(Plan{job}, weight);
}

void correlate(const Correlation& job, const Scalar* in, ConvWeights weight, const Scalar* bias, EpilogueView epilogue,
               Scalar* out) {
    const Plan plan{job};
    const Weights weights(plan, weight.given, weight.packed);
    const Memory start = start_of_sums(plan, bias);
    const Operands operands = {in, weights, start.as(), epilogue, out};
    parallel(plan.pieces(), [&](Index number) { compute_piece(plan, piece_of(plan, number), operands); });
}

}  // namespace normlab::NORMLAB_ISA
