// The gradient of the weights: dw[k,r,s,c] is the sum over the pixels of dy[n,p,q,k] times the x that tap (r,s) reads
// there. It is the tile of conv_tile.h with its roles changed: the lanes are still output channels, but the "weights"
// that it streams are dy, its "pixels" are neighbouring positions (s,c) of the kernel, and it sums over the pixels of a
// band.
//
//     x, one row:     | w=-1 (zeros) | w=0: c0 c1 c2 | w=1: c0 c1 c2 | w=2: ...      positions for S = 3, C = 3:
//     pixel q=0       [----- S * C neighbouring numbers -----]                       00 01 02 10 11 12 20 21 22
//     pixel q=1                      [-----  one pixel further  -----]
//
// Where S * C is so small that a tile would be too (C = 1), the R rows of the kernel are laid side by side as well: a
// column of x is then R * C numbers, and the positions are (s,r,c).
//
//     pieces      a run of bands x a range of blocks of output channels x a range of panels, with sums of their own
//       bands       some images x some rows, about 128 pixels
//         panels      of at most 32 input channels: x, copied with its padding around it
//           blocks      of output channels: 2 vectors, the last one 1 or 3
//             tiles       of positions, which lie in the first-level cache for all R * S taps
//
// The sums lie [run of bands][group][block][panel][r][s][c][lane]; at the end the runs are added in order and written
// to dw in its own layout.
#include "framework/kernels/fast/conv_depthwise.h"
#include "framework/kernels/fast/conv_shape.h"
#include "framework/kernels/fast/conv_weight_pack.h"
#include "framework/kernels/fast/fast.h"
#include "framework/kernels/fast/transpose.h"
#include "framework/kernels/fast/winograd.h"

namespace normlab::NORMLAB_ISA {
namespace {

struct Piece {
    Index run, group, first_block, end_block, first_panel, end_panel;
};
Piece piece_of(const Plan& plan, Index number) {
    Digits digits{number};
    const Index panels = digits.next(plan.panel_ranges), blocks = digits.next(plan.block_ranges);
    const Index group = digits.next(plan.s.G);
    return {.run = digits.rest,
            .group = group,
            .first_block = begin_of(blocks, plan.block_ranges, plan.blocks.count),
            .end_block = begin_of(blocks + 1, plan.block_ranges, plan.blocks.count),
            .first_panel = begin_of(panels, plan.panel_ranges, plan.panels),
            .end_panel = begin_of(panels + 1, plan.panel_ranges, plan.panels)};
}

// The products of one band, panel and block, added to `tile.out`. A run of positions is the S columns of a kernel row
// (or of all rows) where dilation does not set them apart, else one column.
void add_products(const Plan& plan, Index channels, int vectors, Tile tile) {
    const ConvShape& s = plan.s;
    const Index pitch = plan.side_by_side * channels, width = vectors * kLanes;
    const Index joined = s.dilation.w == 1 ? s.S : 1, run = joined * pitch;
    const Scalar* const panel = tile.in;
    for (Index r = 0; r < s.R / plan.side_by_side; ++r)
        for (Index t = 0; t < s.S / joined; ++t) {
            const Scalar* const in = panel + (r * s.dilation.h * plan.x_cols + t * s.dilation.w) * pitch;
            for_tiles(run, vectors, [&](Index begin, int count) {
                tile.in = in + begin;
                compute_tile<1>(count, vectors, tile);
                tile.out += count * width;
            });
        }
}

// The tile of a panel of `channels` channels: its inner loop runs over the pixels of a row, or of a column where a row
// has only one.
Tile tile_of(const Plan& plan, const Band& band, Index channels, const Scalar* panel, Index* row_offsets) {
    const ConvShape& s = plan.s;
    const bool column = s.Q == 1;
    const Index pitch = plan.side_by_side * channels, row = plan.x_cols * pitch;
    const Index row_step = plan.side_by_side > 1 ? row : s.stride.h * row;
    const Index lines = column ? 1 : band.rows;
    for (Index n = 0; n < band.images; ++n)
        for (Index p = 0; p < lines; ++p) row_offsets[n * lines + p] = n * plan.x_rows * row + p * row_step;
    Tile tile = {};
    tile.in = panel;
    tile.taps = row_offsets;
    tile.tap_count = band.images * lines;
    tile.channels = column ? band.rows : s.Q;
    tile.plane = column ? row_step : s.stride.w * pitch;
    return tile;
}

// What all pieces read and write.
struct Operands {
    const Scalar *x, *dy, *zeros;
    Scalar* sums;
};

// A thread's own memory for a piece: a panel, a band's dy with its blocks one after the other, and the offsets of rows.
struct Scratch {
    Index dy_pixels;
    Memory panel, dy, row_offsets;

    Scratch(const Plan& plan, const Piece& piece)
        : dy_pixels(plan.gradient_in_place ? 0 : plan.images * plan.rows * plan.s.Q),
          panel(numbers(plan.images * plan.x_rows * plan.x_cols * plan.side_by_side * smaller(plan.C, kPanelChannels))),
          dy(numbers(dy_pixels * (2 * (piece.end_block - piece.first_block) + 1) * kLanes)),
          row_offsets(room_for<Index>(plan.images * plan.rows)) {}
    // Of the blocks that begin `channels` output channels after the piece's first one.
    Scalar* dy_from(Index channels) const { return dy.as() + channels * dy_pixels; }
};

void pack_gradients(const Plan& plan, const Piece& piece, const Band& band, const Scalar* dy, const Scratch& scratch) {
    for (Index block = piece.first_block; block < piece.end_block; ++block)
        pack_gradient(plan, band, dy + piece.group * plan.K + plan.blocks.begin(block), block,
                      scratch.dy_from(plan.blocks.begin(block - piece.first_block)));
}

// All products of a band with one panel, added to what `start` or, where it is null, the band before has left.
void compute_panel(const Plan& plan, const Piece& piece, const Band& band, Index panel, const Scalar* start,
                   const Operands& operands, const Scratch& scratch) {
    const ConvShape& s = plan.s;
    const Index channels = plan.channels(panel);
    const Scalar* const x = operands.x + piece.group * plan.C + plan.first_channel(panel);
    pack_panel(plan, band, x, channels, scratch.panel.as());
    Tile tile = tile_of(plan, band, channels, scratch.panel.as(), scratch.row_offsets.as<Index>());
    tile.start = start;
    const Scalar* const dy = operands.dy + (band.first_image * s.P + band.top) * s.Q * s.K + piece.group * plan.K;
    for (Index block = piece.first_block; block < piece.end_block; ++block) {
        const Index width = plan.blocks.width(block);
        const PixelOffsets offsets(width);
        tile.pixels = offsets.of;
        tile.half = plan.blocks.half(block);
        tile.weights = plan.gradient_in_place ? dy + plan.blocks.begin(block)
                                              : scratch.dy_from(plan.blocks.begin(block - piece.first_block));
        tile.weight_pitch = plan.gradient_in_place ? s.K : width;
        tile.out = operands.sums + plan.sums_of(piece.run, piece.group, block, panel);
        add_products(plan, channels, static_cast<int>(plan.blocks.vectors_of(block)), tile);
    }
}

void compute_piece(const Plan& plan, const Piece& piece, const Operands& operands) {
    const Scratch scratch(plan, piece);
    const Index bands = plan.stacks * plan.bands, first = begin_of(piece.run, plan.runs, bands);
    for (Index number = first; number < begin_of(piece.run + 1, plan.runs, bands); ++number) {
        const Band band = band_of(plan, number);
        if (!plan.gradient_in_place) pack_gradients(plan, piece, band, operands.dy, scratch);
        for (Index panel = piece.first_panel; panel < piece.end_panel; ++panel)
            compute_panel(plan, piece, band, panel, number == first ? operands.zeros : nullptr, operands, scratch);
    }
}

// Adds the runs in order to the first one.
void add_runs(const Plan& plan, Index group, Index block, Index panel, Scalar* sums) {
    const Index count = plan.s.R * plan.s.S * plan.channels(panel) * plan.blocks.width(block);
    Scalar* const total = sums + plan.sums_of(0, group, block, panel);
    for (Index run = 1; run < plan.runs; ++run) {
        const Scalar* const part = sums + plan.sums_of(run, group, block, panel);
        for (Index i = 0; i < count; i += kLanes) store(total + i, load(total + i) + load(part + i));
    }
}

void write_weights(const Plan& plan, Scalar* sums, Scalar* dw) {
    const ConvShape& s = plan.s;
    const Index taps = s.R * s.S;
    parallel(s.G * plan.blocks.count * plan.panels, [&](Index number) {
        Digits digits{number};
        const Index panel = digits.next(plan.panels), block = digits.next(plan.blocks.count), group = digits.rest;
        add_runs(plan, group, block, panel, sums);
        const Scalar* const total = sums + plan.sums_of(0, group, block, panel);
        const Index channels = plan.channels(panel), width = plan.blocks.width(block);
        const Index k = group * plan.K + plan.blocks.begin(block), c = plan.first_channel(panel);
        for (Index t = 0; t < taps; ++t) {
            const Index position = plan.side_by_side > 1 ? t % s.S * s.R + t / s.S : t;  // (s,r) or (r,s)
            transpose(total + position * channels * width, channels, plan.blocks.channels(block), width,
                      dw + (k * taps + t) * plan.C + c, taps * plan.C, channels);
        }
    });
}

}  // namespace

void conv2d_backward_weight(const ConvShape& shape, const Scalar* x, const Scalar* dy, Scalar* dw) {
    if (depthwise(shape)) return depthwise_backward_weight(shape, x, dy, dw);
    if (const JoinedGroups groups{shape}; groups.any()) {
        const Memory joined = numbers(groups.weights());
        conv2d_backward_weight(groups.joined(), x, dy, joined.as());
        return groups.split(joined.as(), dw);
    }
    if (winograd_pays(shape)) return winograd_backward_weight(shape, x, dy, dw);
    const ConvShape s = simplified(shape);
    const Plan plan{s};
    const Memory sums = numbers(plan.runs * s.G * plan.group_sums());
    const Memory zero_memory = zeros(kMostVectors * kLanes);
    const Operands operands = {x, dy, zero_memory.as(), sums.as()};
    parallel(plan.pieces(), [&](Index number) { compute_piece(plan, piece_of(plan, number), operands); });
    write_weights(plan, sums.as(), dw);
}

}  // namespace normlab::NORMLAB_ISA
