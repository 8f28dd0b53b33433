// How a correlation is cut up:
//
//     pieces      some images x a band of rows x some blocks of output channels; the unit of work of a thread
//       chunks      of input channels: the weights of a block and a chunk stay in the second-level cache; the sums of
//                   the chunks before wait in `out`
//         blocks      of output channels: 2 vectors, the last one 1 or 3
//           tiles       of P pixels x the block, see conv_tile.h
//
// The weights are rearranged in the order in which tiles read them: [group][block][chunk][tap][channel][lane].
#include "framework/kernels/fast/conv_direct.h"

#include "framework/kernels/fast/conv_pack.h"
#include "framework/kernels/fast/conv_tile.h"

namespace normlab::NORMLAB_ISA {
namespace {

// In numbers, of a second-level cache of 1 MiB: weights of 160 KiB and input of 384 KiB. (Keeping the weights in the
// first-level cache, 20 KiB, was 2 to 10 % slower: the sums travel to `out` and back too often.)
constexpr Index kWeightsInCache = 40960;
constexpr Index kInputInCache = 98304;
constexpr Index kPiecesWanted = 16;     // enough for the threads of one socket to share evenly
constexpr Index kPixelsPerPiece = 128;  // fewer would read the weights too often
constexpr Index kRowsAhead = 16;        // of weights: asked for so long before they are copied
constexpr Index kSumsWanted = 10;       // in a tile: fewer would wait for each other, a multiply-add takes 4 cycles

struct Plan {
    const Correlation& job;
    Blocks blocks;
    Index chunk, chunks;  // of input channels
    bool narrow;
    Index images;         // of a piece
    Index bands, ranges;  // that rows and blocks are cut into
    Index rows;           // of a band

    explicit Plan(const Correlation& correlation) : job(correlation), blocks(job.K) {
        const Index affordable = kWeightsInCache / (job.tap_count * smaller(blocks.vectors, 2) * kLanes);
        chunks = ceil_div(job.C, larger(affordable / 16 * 16, 16));
        chunk = round_up(ceil_div(job.C, chunks), job.C % kLanes == 0 ? kLanes : smaller(kLanes, 8));
        chunks = ceil_div(job.C, chunk);

        Index P = 0, Q = 0;
        bool same_width = job.step_w == 1;
        for (Index g = 0; g < job.grid_count; ++g) {
            P = larger(P, job.grids[g].P);
            Q = larger(Q, job.grids[g].Q);
            same_width = same_width && job.grids[g].Q == job.grids[0].Q;
        }
        const Index longest = most_pixels(blocks.vectors_of(0));
        narrow = same_width && Q / ceil_div(Q, longest) * 2 < kSumsWanted;

        images = 1, bands = 1, ranges = 1;
        while (job.N * job.G >= 2 * images * kPiecesWanted && images * P * Q < kPixelsPerPiece) images *= 2;
        const Index others = job.G * ceil_div(job.N, images);
        bands = smaller(ceil_div(kPiecesWanted, others), ceil_div(P * Q, kPixelsPerPiece));
        bands = larger(bands, ceil_div(Planes(job, P, Q, narrow).size(chunk) * images, kInputInCache));
        bands = smaller(bands, P);
        rows = ceil_div(P, bands);
        bands = ceil_div(P, rows);
        ranges = smaller(blocks.count, ceil_div(kPiecesWanted, others * bands));
    }
    Index pieces() const { return job.G * ceil_div(job.N, images) * bands * ranges; }
    Index chunk_channels(Index index) const { return smaller(chunk, job.C - index * chunk); }
    Index group_weights() const { return blocks.lanes() * job.tap_count * job.C; }
    // Where the weights of a block, chunk and tap begin.
    Index weights_of(Index group, Index block, Index index, Index tap) const {
        return group * group_weights() + blocks.begin(block) * job.tap_count * job.C +
               (index * chunk * job.tap_count + tap * chunk_channels(index)) * blocks.width(block);
    }
};

void pack_weights(const Plan& plan, Index group, Index block, Index index, const Scalar* weight, Scalar* packed) {
    const Correlation& job = plan.job;
    const Index width = plan.blocks.width(block), outs = plan.blocks.channels(block);
    const Index channels = plan.chunk_channels(index);
    for (Index t = 0; t < job.tap_count; ++t) {
        const Scalar* from = weight + group * job.weight_group + job.taps[t].weight +
                             plan.blocks.begin(block) * job.weight_out + index * plan.chunk * job.weight_channel;
        Scalar* to = packed + t * channels * width;
        if (job.weight_channel == 1)
            transpose(from, outs, channels, job.weight_out, to, width, width);
        else
            for (Index c = 0; c < channels; ++c) {
                ask_for<Use::read>(from + smaller(c + kRowsAhead, channels - 1) * job.weight_channel, outs);
                for (Index k = 0; k < outs; ++k) to[c * width + k] = from[c * job.weight_channel + k];
            }
        for (Index c = 0; c < channels; ++c)
            for (Index k = outs; k < width; ++k) to[c * width + k] = 0;
    }
}

// The weights in the order of tiles: packed once for all pieces, or, where a block is in one piece alone, by that piece
// just before it needs them.
struct Weights {
    const Plan& plan;
    const Scalar* given;
    bool ahead;
    Memory memory;

    Weights(const Plan& p, const Scalar* weight)
        : plan(p),
          given(weight),
          ahead(plan.job.N > plan.images || plan.bands > 1 || plan.job.grid_count > 1),
          memory(numbers(ahead ? plan.job.G * plan.group_weights() : 0)) {
        if (ahead)
            parallel(plan.job.G * plan.blocks.count * plan.chunks, [&](Index piece) {
                const Index index = piece % plan.chunks, block = piece / plan.chunks % plan.blocks.count;
                const Index group = piece / plan.chunks / plan.blocks.count;
                pack_weights(plan, group, block, index, given, memory.as() + plan.weights_of(group, block, index, 0));
            });
    }
    Memory scratch() const { return numbers(ahead ? 0 : plan.chunk * plan.job.tap_count * kMostVectors * kLanes); }
    const Scalar* of(Index group, Index block, Index index, Index tap, const Memory& scratch) const {
        if (ahead) return memory.as() + plan.weights_of(group, block, index, tap);
        pack_weights(plan, group, block, index, given, scratch.as());
        return scratch.as();
    }
};

void compute(int pixels, int vectors, const Tile& tile, Index lanes) {
    (lanes == 1 ? compute_tile<1> : compute_tile<kLanes>)(pixels, vectors, tile);
}

// A tile whose block sticks out beyond the last channel is computed aside.
void compute_sticking_out(int pixels, int vectors, Index channels, Tile tile, Index lanes) {
    Scalar aside[kMostPixels * kMostVectors * kLanes];
    const Index width = vectors * kLanes;
    const Places places(width);
    Scalar* const out = tile.out;
    const Index* const targets = tile.pixels;
    for (Index p = 0; p < pixels && tile.start == nullptr; ++p)
        for_vectors(0, channels,
                    [&](Index k, auto part) { store(aside + p * width + k, part.load(out + targets[p] + k)); });
    tile.out = aside, tile.pixels = places.of;
    compute(pixels, vectors, tile, lanes);
    for (Index p = 0; p < pixels; ++p)
        for_vectors(0, channels,
                    [&](Index k, auto part) { part.store(out + targets[p] + k, load(aside + p * width + k)); });
}

struct Piece {
    Index group, first_image, images, top, rows, first_block, end_block;
};

Piece piece_of(const Plan& plan, Index number) {
    Piece piece;
    const Index range = number % plan.ranges, band = number / plan.ranges % plan.bands;
    const Index stacks = ceil_div(plan.job.N, plan.images), stack = number / plan.ranges / plan.bands % stacks;
    piece.group = number / plan.ranges / plan.bands / stacks;
    piece.first_image = stack * plan.images;
    piece.images = smaller(plan.images, plan.job.N - piece.first_image);
    piece.top = band * plan.rows;
    piece.rows = plan.rows;
    piece.first_block = begin_of(range, plan.ranges, plan.blocks.count);
    piece.end_block = begin_of(range + 1, plan.ranges, plan.blocks.count);
    return piece;
}

// What the tiles of a grid have in common within a piece.
struct GridInPiece {
    const Grid& grid;
    Index rows;            // of the grid that lie in the piece's band
    const Index* offsets;  // of the grid's taps
    const Index* pixels;   // of the band
};

// Finishes the pixels of a tile while they are in the first-level cache. (As part of compute_tile() it would take
// registers from the sums: strided convolutions took half as long again.)
void finish_pixels(EpilogueView finish, Index pixels, Index channels, const Tile& tile) {
    if (finish.residual == nullptr && !finish.relu) return;
    for (Index p = 0; p < pixels; ++p)
        for_channels(channels, [&](auto zero, Index k) {
            const Index at = tile.pixels[p] + k;
            store_as(tile.out + at, finished(load_as<decltype(zero)>(tile.out + at), finish, at));
        });
}

// All tiles of one image, grid, block and chunk. The finish is that of the last chunk, its residual where tile.out is.
void compute_tiles(const Plan& plan, const Planes& planes, const GridInPiece& part, Index block, Tile tile,
                   EpilogueView finish) {
    const int vectors = static_cast<int>(plan.blocks.vectors_of(block));
    const Index channels = plan.blocks.channels(block);
    const Index lines = plan.narrow ? 1 : part.rows, pixels = plan.narrow ? part.rows * part.grid.Q : part.grid.Q;
    const Scalar* const in = tile.in;
    for (Index line = 0; line < lines; ++line)
        for_tiles(pixels, vectors, [&](Index begin, int count) {
            tile.in = in + (line * planes.cols.extent + begin) * planes.lanes;
            tile.pixels = part.pixels + line * part.grid.Q + begin;
            if (channels == plan.blocks.width(block))
                compute(count, vectors, tile, planes.lanes);
            else
                compute_sticking_out(count, vectors, channels, tile, planes.lanes);
            finish_pixels(finish, count, channels, tile);
        });
}

// Where the taps of a chunk read: [tap][run of channels].
void write_offsets(const Correlation& job, const Planes& planes, Index channels, Index run, Index* to) {
    for (Index t = 0; t < job.tap_count; ++t)
        for (Index c = 0; c < channels; c += run) *to++ = planes.offset(t, c);
}

// Where the pixels of `rows` rows of a grid are written.
void write_places(const Correlation& job, const Grid& grid, Index top, Index rows, Index* to) {
    for (Index p = 0; p < rows; ++p)
        for (Index q = 0; q < grid.Q; ++q) *to++ = (top + p) * job.out_row + q * job.out_col;
}

void compute_piece(const Plan& plan, const Planes& planes, const Piece& piece, const Scalar* in, const Weights& weights,
                   const Scalar* start, EpilogueView finish, Scalar* out) {
    const Correlation& job = plan.job;
    Index most = 0;
    for (Index g = 0; g < job.grid_count; ++g) most = larger(most, piece.rows * job.grids[g].Q);
    const Memory pixel_memory(static_cast<std::size_t>(most) * sizeof(Index));
    const Index image_size = planes.size(plan.chunk);
    const Memory packed_memory = numbers(image_size * piece.images);
    const Memory offset_memory(static_cast<std::size_t>(job.tap_count * ceil_div(plan.chunk, kFewestInRun)) *
                               sizeof(Index));
    Index *const pixels = pixel_memory.as<Index>(), *const offsets = offset_memory.as<Index>();
    Scalar* const packed = packed_memory.as();
    const Memory weight_scratch = weights.scratch();

    for (Index index = 0; index < plan.chunks; ++index) {
        const Index channels = plan.chunk_channels(index);
        const Index run = planes.run_of(channels), runs = channels / run;
        write_offsets(job, planes, channels, run, offsets);
        for (Index n = 0; n < piece.images; ++n)
            pack(job, planes,
                 in + (piece.first_image + n) * job.H * job.W * job.in_pixel + piece.group * job.C + index * plan.chunk,
                 piece.top, channels, packed + n * image_size);
        for (Index g = 0; g < job.grid_count; ++g) {
            const Grid& grid = job.grids[g];
            const Index rows = smaller(piece.rows, grid.P - piece.top);
            if (rows <= 0 || (grid.taps == 0 && index > 0)) continue;
            write_places(job, grid, piece.top, rows, pixels);
            const GridInPiece part = {grid, rows, offsets + grid.first_tap * runs, pixels};
            for (Index block = piece.first_block; block < piece.end_block; ++block) {
                const Scalar* const here = weights.of(piece.group, block, index, grid.first_tap, weight_scratch);
                for (Index n = 0; n < piece.images; ++n) {
                    const Index k = piece.group * job.K + plan.blocks.begin(block);
                    const Index at = (piece.first_image + n) * job.out_image + grid.out + k;
                    const bool last = index + 1 == plan.chunks || grid.taps == 0;
                    const Tile tile = {
                        .in = packed + n * image_size,
                        .taps = part.offsets,
                        .tap_count = grid.taps * runs,
                        .channels = run,
                        .plane = planes.distance(),
                        .weights = here,
                        .weight_pitch = plan.blocks.width(block),
                        .start =
                            index == 0 ? start + piece.group * plan.blocks.lanes() + plan.blocks.begin(block) : nullptr,
                        .out = out + at,
                        .pixels = nullptr,
                        .half = plan.blocks.half(block),
                    };
                    const EpilogueView end = {finish.residual != nullptr ? finish.residual + at : nullptr, finish.relu};
                    compute_tiles(plan, planes, part, block, tile, last ? end : EpilogueView{});
                }
            }
        }
    }
}

}  // namespace

void correlate(const Correlation& job, const Scalar* in, const Scalar* weight, const Scalar* bias, EpilogueView finish,
               Scalar* out) {
    const Plan plan(job);
    Index Q = 0;
    for (Index g = 0; g < job.grid_count; ++g) Q = larger(Q, job.grids[g].Q);
    const Planes planes(job, plan.rows, Q, plan.narrow);

    const Weights weights(plan, weight);
    const Index width = plan.blocks.lanes();
    const Memory start_memory = numbers(job.G * width);
    Scalar* const start = start_memory.as();
    for (Index g = 0; g < job.G; ++g)
        for (Index k = 0; k < width; ++k) start[g * width + k] = bias != nullptr && k < job.K ? bias[g * job.K + k] : 0;

    parallel(plan.pieces(), [&](Index number) {
        compute_piece(plan, planes, piece_of(plan, number), in, weights, start, finish, out);
    });
}

}  // namespace normlab::NORMLAB_ISA
