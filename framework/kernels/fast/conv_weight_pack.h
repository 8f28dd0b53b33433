// How the gradient of the weights is cut up, see conv_weight.cpp, and how its operands are copied so that a tile reads
// them in one stream.
#pragma once

#include "framework/kernels/fast/conv_tile.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kBandPixels = 128;
constexpr Index kPanelChannels = 32;
constexpr Index kSumsOfPiece = 131072;  // numbers: half of a second-level cache
constexpr Index kPiecesWanted = 16;
constexpr Index kFewPositions = 7;  // in a row of the kernel
constexpr Index kFewUses = 64;      // of an element of dy: copying it first would not pay

struct Plan {
    const ConvShape& s;
    const Index C = s.C / s.G, K = s.K / s.G;  // of a group
    const ChannelBlocks blocks{K};
    const Index panels = ceil_div(C, kPanelChannels);
    const Index pixels = s.P * s.Q;  // of an image of dy
    // A band is `rows` rows of `images` images, about kBandPixels: several small images, or a part of a large one.
    const Index images = smaller(s.N, ceil_div(kBandPixels, pixels));
    const Index stacks = ceil_div(s.N, images);
    const Index rows = ceil_div(s.P, ceil_div(pixels, kBandPixels + kBandPixels / 2));
    const Index bands = ceil_div(s.P, rows);  // of a stack
    // Kernel rows that share a column of a panel: all of them where the columns of one would fill no tile.
    const Index side_by_side = s.dilation.w == 1 && s.S * C < kFewPositions ? s.R : 1;
    // A panel of x, with its padding.
    const Index x_rows = side_by_side > 1 ? rows : (rows - 1) * s.stride.h + (s.R - 1) * s.dilation.h + 1;
    const Index x_cols = (s.Q - 1) * s.stride.w + (s.S - 1) * s.dilation.w + 1;
    // dy is read where it lies if its channels fill vectors and copying it would not pay: one block takes all of them,
    // or each element has few uses.
    const bool gradient_in_place = K % kLanes == 0 && (blocks.count == 1 || s.R * s.S * C <= kFewUses);
    // The sums are cut into parts that stay in the cache, the pixels into runs so that there are enough pieces.
    const Index parts_in_cache = ceil_div(group_sums(), kSumsOfPiece);
    const Index group_parts = s.G * parts_in_cache;
    const Index runs = smaller(stacks * bands, ceil_div(kPiecesWanted, group_parts));
    const Index group_runs = s.G * runs;
    const Index parts = larger(parts_in_cache, ceil_div(kPiecesWanted, group_runs));
    const Index block_ranges = cheapest_block_ranges();
    const Index panel_ranges = panel_ranges_beside(block_ranges);

    Index panel_ranges_beside(Index ranges) const { return smaller(panels, ceil_div(parts, ranges)); }
    // Of the ways to cut the sums into `parts` (or as many as there are) the one that copies the least: each range of
    // blocks copies all of x, each range of panels all of dy.
    Index cheapest_block_ranges() const {
        const auto copied = [&](Index ranges) { return ranges * C + panel_ranges_beside(ranges) * K; };
        Index best = smaller(blocks.count, ceil_div(parts, panels));
        for (Index ranges = best + 1; ranges <= smaller(blocks.count, parts); ++ranges)
            if (copied(ranges) < copied(best)) best = ranges;
        return best;
    }
    Index pieces() const { return group_runs * block_ranges * panel_ranges; }
    Index first_channel(Index panel) const { return begin_of(panel, panels, C); }
    Index channels(Index panel) const { return first_channel(panel + 1) - first_channel(panel); }
    Index group_sums() const { return blocks.lanes() * s.R * s.S * C; }
    Index sums_of(Index run, Index group, Index block, Index panel) const {
        return (run * s.G + group) * group_sums() +
               (blocks.begin(block) * C + first_channel(panel) * blocks.width(block)) * s.R * s.S;
    }
};

void copy(const Scalar* from, Index count, Scalar* to) {
    Index i = 0;
    for (; i + kLanes <= count; i += kLanes) store(to + i, load(from + i));
    for (; i < count; ++i) to[i] = from[i];
}

struct Band {
    Index first_image, images, top, rows;
};
Band band_of(const Plan& plan, Index number) {
    const Index stack = number / plan.bands, top = number % plan.bands * plan.rows;
    return {stack * plan.images, smaller(plan.images, plan.s.N - stack * plan.images), top,
            smaller(plan.rows, plan.s.P - top)};
}

// A row of a panel: `channels` numbers for each column, the columns `pitch` apart. Row h of the image may be padding.
void pack_row(const Plan& plan, const Scalar* image, Index h, Index channels, Index pitch, Scalar* to) {
    const ConvShape& s = plan.s;
    const bool inside = h >= 0 && h < s.H;
    const Index begin = inside ? smaller(s.pad_left, plan.x_cols) : plan.x_cols;
    const Index end = larger(begin, smaller(plan.x_cols, s.W + s.pad_left));
    const auto from = [&](Index w) { return image + (h * s.W + w - s.pad_left) * s.C; };
    for (Index w = 0; w < begin; ++w) clear(channels, to + w * pitch);
    if (channels == s.C && channels == pitch)
        copy(from(begin), (end - begin) * s.C, to + begin * pitch);
    else if (channels >= kLanes)
        for (Index w = begin; w < end; ++w) copy(from(w), channels, to + w * pitch);
    else
        for (Index c = 0; c < channels; ++c)
            for (Index w = begin; w < end; ++w) to[w * pitch + c] = from(w)[c];
    for (Index w = end; w < plan.x_cols; ++w) clear(channels, to + w * pitch);
}

// A panel of x: the band's rows with their padding.
void pack_panel(const Plan& plan, const Band& band, const Scalar* x, Index channels, Scalar* to) {
    const ConvShape& s = plan.s;
    const Index pitch = plan.side_by_side * channels, step = plan.side_by_side > 1 ? s.stride.h : 1;
    for (Index n = 0; n < band.images; ++n)
        for (Index i = 0; i < plan.x_rows; ++i, to += plan.x_cols * pitch)
            for (Index r = 0; r < plan.side_by_side; ++r)
                pack_row(plan, x + (band.first_image + n) * s.H * s.W * s.C,
                         band.top * s.stride.h - s.pad_top + i * step + r * s.dilation.h, channels, pitch,
                         to + r * channels);
}

// The band's dy for the channels of a block, one pixel after the other; lanes beyond the last channel are zero.
void pack_gradient(const Plan& plan, const Band& band, const Scalar* dy, Index block, Scalar* to) {
    const ConvShape& s = plan.s;
    const Index width = plan.blocks.width(block), channels = plan.blocks.channels(block);
    const Scalar* from = dy + (band.first_image * s.P + band.top) * s.Q * s.K;
    for (Index pixel = 0; pixel < band.images * band.rows * s.Q; ++pixel, from += s.K, to += width)
        for_vectors(0, channels, [&](Index k, auto lanes) { store(to + k, lanes.load(from + k)); });
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
