// How a correlation is cut up, see conv_direct.cpp, and how its weights are rearranged in the order in which tiles read
// them: [group][block][chunk][tap][channel][lane].
#pragma once

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
constexpr Index kRowsAhead = 16;        // rows of weights are asked for this long before they are copied
constexpr Index kSumsWanted = 10;       // in a tile: fewer would wait for each other, a multiply-add takes 4 cycles

struct Extent {
    Index rows, cols;
};
Extent largest_grid(const Correlation& job) {
    Extent largest = {0, 0};
    for (Index g = 0; g < job.grid_count; ++g)
        largest = {larger(largest.rows, job.grids[g].P), larger(largest.cols, job.grids[g].Q)};
    return largest;
}

// Input channels of a chunk: nearly equal shares, none larger than the room that the weights of a block have. Whole
// vectors where all channels fill vectors; else a multiple of 8, so that taps read runs of 8 (see Planes::run_of).
Index chunk_size(const Correlation& job, const ChannelBlocks& blocks) {
    const Index fit = kWeightsInCache / (job.tap_count * smaller(blocks.vectors, 2) * kLanes);
    const Index chunks = ceil_div(job.C, larger(fit / 16 * 16, 16));
    return round_up(ceil_div(job.C, chunks), job.C % kLanes == 0 ? kLanes : smaller(kLanes, 8));
}

// Where the rows of the output are too short to fill tiles, they are joined into one run. That takes inputs that are
// neighbours in the image and grids of the same width.
SortedBy column_order(const Correlation& job, const ChannelBlocks& blocks, Index cols) {
    bool joinable = job.step_w == 1;
    for (Index g = 0; g < job.grid_count; ++g) joinable = joinable && job.grids[g].Q == cols;
    const Index longest = most_pixels(blocks.vectors_of(0));
    return joinable && cols / ceil_div(cols, longest) * 2 < kSumsWanted ? SortedBy::offset : SortedBy::phase;
}

// Images of a piece: doubled until a piece has enough pixels, as long as enough pieces are left.
Index images_of_piece(const Correlation& job, Extent grid) {
    Index images = 1;
    while (job.N * job.G >= 2 * images * kPiecesWanted && images * grid.rows * grid.cols < kPixelsPerPiece) images *= 2;
    return images;
}

// Rows of a band. There are as many bands as make enough pieces, if none becomes too small; and more where the `input`
// numbers of each of a piece's images would not stay in the cache.
Index rows_of_band(const Correlation& job, Extent grid, Index images, Index input) {
    const Index pieces = job.G * ceil_div(job.N, images);
    const Index for_threads =
        smaller(ceil_div(kPiecesWanted, pieces), ceil_div(grid.rows * grid.cols, kPixelsPerPiece));
    const Index for_cache = ceil_div(input * images, kInputInCache);
    return ceil_div(grid.rows, smaller(larger(for_threads, for_cache), grid.rows));
}

struct Plan {
    const Correlation& job;
    const ChannelBlocks blocks{job.K};
    const Extent largest = largest_grid(job);
    const SortedBy columns = column_order(job, blocks, largest.cols);
    const Index chunk = chunk_size(job, blocks);
    const Index chunks = ceil_div(job.C, chunk);
    const Index images = images_of_piece(job, largest);
    const Index stacks = ceil_div(job.N, images);
    const Index rows = rows_of_band(job, largest, images, Planes(job, largest.rows, largest.cols, columns).size(chunk));
    const Index bands = ceil_div(largest.rows, rows);
    // The blocks are cut into ranges only where there would be too few pieces: each packs the input again.
    const Index ranges = smaller(blocks.count, ceil_div(kPiecesWanted, pieces_of_range()));
    const Planes planes{job, rows, largest.cols, columns};

    Index pieces_of_range() const { return job.G * stacks * bands; }
    Index pieces() const { return pieces_of_range() * ranges; }
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

Memory pack_all_weights(const Plan& plan, const Scalar* weight) {
    Memory memory = numbers(plan.job.G * plan.group_weights());
    parallel(plan.job.G * plan.blocks.count * plan.chunks, [&](Index number) {
        Digits digits{number};
        const Index index = digits.next(plan.chunks), block = digits.next(plan.blocks.count), group = digits.rest;
        pack_weights(plan, group, block, index, weight, memory.as() + plan.weights_of(group, block, index, 0));
    });
    return memory;
}

// The weights in the order of tiles: all of them packed before or now or, where only one piece uses a block, by that
// piece just before it needs them.
struct Weights {
    const Plan& plan;
    const Scalar* given;
    const bool reused = plan.stacks > 1 || plan.bands > 1 || plan.job.grid_count > 1;
    const Memory memory;
    const Scalar* packed;  // all of them, or null

    Weights(const Plan& p, const Scalar* weight, const Scalar* packed_before)
        : plan(p),
          given(weight),
          memory(packed_before == nullptr && reused ? pack_all_weights(plan, given) : Memory()),
          packed(packed_before != nullptr ? packed_before : memory.as()) {}
    Memory scratch() const {
        return numbers(packed != nullptr ? 0 : plan.chunk * plan.job.tap_count * kMostVectors * kLanes);
    }
    const Scalar* of(Index group, Index block, Index index, Index tap, const Memory& scratch) const {
        if (packed != nullptr) return packed + plan.weights_of(group, block, index, tap);
        pack_weights(plan, group, block, index, given, scratch.as());
        return scratch.as();
    }
};

}  // namespace
}  // namespace normlab::NORMLAB_ISA
