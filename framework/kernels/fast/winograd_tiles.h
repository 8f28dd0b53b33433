// An image cut into tiles of 4x4 outputs, which read patches of 6x6 inputs:
//
//     +------+------+---         tile (i, j) makes rows 4i ... 4i+3, columns 4j ... 4j+3; what sticks out is dropped
//     | 4x4  |      |
//     +------+------+---         its patch begins at row 4i - pad, column 4j - pad and overlaps its neighbours' by 2;
//     |      |      |            pixels outside the image count as zeros
//
// With dilation d the outputs whose rows, and columns, lie d apart are a convolution of their own: a tile takes every
// d-th row and column, beginning in one of d x d phases. A larger kernel is several of 3x3, which read patches that lie
// 3 pixels apart; the sum over them continues the sum over input channels:
//
//     | a a a b b |              5x5 is 2x2 parts of 3x3, the last ones padded with zeros
//     | a a a b b |
//     | a a a b b |              instead of 25 multiplications 4 * 36/16 = 9 for an output
//     | c c c d d |
//     | c c c d d |
//
// Tiles are numbered across all images. Channels are taken by vectors, the last of which may be partly filled.
#pragma once

#include "framework/kernels/fast/isa.h"
#include "framework/kernels/fast/winograd_lines.h"

namespace normlab::NORMLAB_ISA {
namespace {

// The first pixel of a tile or a patch; its rows and columns lie a step apart.
struct TileOrigin {
    Index image, top, left;
    Pair step;
    TileOrigin moved(Index down, Index right) const { return {image, top + down, left + right, step}; }
};

struct Tiles {
    const Index N, P, Q;
    const Pair dilation;
    const Index rows = ceil_div(ceil_div(P, dilation.h), kTile);  // of tiles, in a phase
    const Index cols = ceil_div(ceil_div(Q, dilation.w), kTile);
    const Index count = N * dilation.h * dilation.w * rows * cols;

    // Of the tile's outputs. (With a second return GCC would compile the transforms that follow once for each.)
    TileOrigin origin_of(Index tile) const {
        Digits digits{tile};
        const Index left = digits.next(cols) * kTile, top = digits.next(rows) * kTile;
        const Index phases = dilation.h * dilation.w, phase = phases > 1 ? digits.next(phases) : 0;
        return {digits.rest, phase / dilation.w + top * dilation.h, phase % dilation.w + left * dilation.w, dilation};
    }
};

// The parts of a kernel, each of 3x3 taps.
struct Parts {
    const Index R, S;  // of the kernel
    const Index cols = ceil_div(S, kTaps);
    const Index count = ceil_div(R, kTaps) * cols;
    Index top(Index part) const { return part / cols * kTaps; }
    Index left(Index part) const { return part % cols * kTaps; }
    // The number of a part's tap (r, s) in the kernel, or -1 beyond the kernel's end.
    Index tap(Index part, Index r, Index s) const {
        const Index row = top(part) + r, col = left(part) + s;
        return row < R && col < S ? row * S + col : -1;
    }
};

// Images of H x W pixels, one after the other; the pixels lie `pitch` numbers apart.
template <class Number>
struct ImageView {
    Number* data;
    Index H, W, pitch;
};

// The 4x4 pixels of a tile, of which the image has only the first rows and columns.
template <class Number>
struct TilePixels {
    Number* first;
    Index down, right;  // to the next row, to the next column
    Index rows, cols;
    TilePixels(const ImageView<Number>& images, const TileOrigin& at)
        : first(images.data + ((at.image * images.H + at.top) * images.W + at.left) * images.pitch),
          down(at.step.h * images.W * images.pitch),
          right(at.step.w * images.pitch),
          rows(ceil_div(larger(images.H - at.top, 0), at.step.h)),
          cols(ceil_div(larger(images.W - at.left, 0), at.step.w)) {}
    bool has(int i, int j) const { return i < rows && j < cols; }
    Number* operator()(int i, int j) const { return first + i * down + j * right; }
};

// While the processor multiplies, memory has little to do: it is asked for channels begin..end of the pixels that are
// read or written next. (Inlined by force, as in isa.h.)
template <Use use, class Number>
__attribute__((always_inline)) inline void ask_for(const ImageView<Number>& images, const Tiles& tiles,
                                                   Index first_tile, Index end_tile, Index begin, Index end) {
    for (Index tile = first_tile; tile < end_tile; ++tile) {
        const auto [image, top, left, step] = tiles.origin_of(tile);
        for (Index h = top; h < smaller(top + kTile * step.h, images.H); h += step.h)
            for (Index w = left; w < smaller(left + kTile * step.w, images.W); w += step.w)
                ask_for<use>(images.data + ((image * images.H + h) * images.W + w) * images.pitch + begin, end - begin);
    }
}

// Up to four tiles side by side: each patch shares two columns with its neighbour's, which are mapped once.
struct Strip {
    Index first_tile, tiles;
    TileOrigin outputs;  // of the first tile
};
constexpr int kStrip = 4;
constexpr Index kStripColumns = kTile * (kStrip - 1) + kPatch;

template <class Use>
inline void for_strips(const Tiles& tiles, Index begin, Index end, const Use& use) {
    for (Index tile = begin; tile < end;) {
        const Index side_by_side = smaller(end - tile, tiles.cols - tile % tiles.cols);
        const Index count = begin_of(1, ceil_div(side_by_side, kStrip), side_by_side);
        use(Strip{tile, count, tiles.origin_of(tile)});
        tile += count;
    }
}

// B' d of `count` columns of patches: [column][row][lane], for the vector of channels that begins with c.
using PatchColumns = Scalar[kStripColumns][kPatch][kLanes];
template <class Lanes>
inline void transform_columns(const ImageView<const Scalar>& images, const TileOrigin& origin, Index count, Index c,
                              const Lanes& lanes, PatchColumns& columns) {
    const auto [image, top, left, step] = origin;
    Index rows[kPatch];  // where they begin; -1 outside the image
    bool all_inside = true;
    for (int i = 0; i < kPatch; ++i) {
        const Index h = top + i * step.h;
        rows[i] = h >= 0 && h < images.H ? (image * images.H + h) * images.W * images.pitch + c : -1;
        all_inside = all_inside && rows[i] >= 0;
    }
    for (Index x = 0; x < count; ++x) {
        const Index w = left + x * step.w;
        Vec d[kPatch] = {}, v[kPatch];
        if (w >= 0 && w < images.W) {
            const Scalar* const at = images.data + w * images.pitch;
            if (all_inside)
#pragma GCC unroll 6
                for (int i = 0; i < kPatch; ++i) d[i] = lanes.load(at + rows[i]);
            else
#pragma GCC unroll 6
                for (int i = 0; i < kPatch; ++i)
                    if (rows[i] >= 0) d[i] = lanes.load(at + rows[i]);
        }
        InputLine::apply(d, v);
#pragma GCC unroll 6
        for (int i = 0; i < kPatch; ++i) store(columns[x][i], v[i]);
    }
}

// How far apart the points of V lie.
struct PointPitch {
    Index row, column;
};

// V = B' d B of the patches that a strip reads for all parts; the first of them begins `pad` before its outputs. The
// points of tile t, for the vector of channels that begins with c, lie from at(part, c, t) on.
template <class At>
inline void transform_patches(const ImageView<const Scalar>& images, const Strip& strip, const Parts& parts, Pair pad,
                              Index C, PointPitch pitch, const At& at) {
    const Pair step = strip.outputs.step;
    for (Index part = 0; part < parts.count; ++part) {
        const TileOrigin origin =
            strip.outputs.moved(parts.top(part) * step.h - pad.h, parts.left(part) * step.w - pad.w);
        for_vectors(0, C, [&](Index c, auto lanes) {
            PatchColumns columns;
            transform_columns(images, origin, kTile * (strip.tiles - 1) + kPatch, c, lanes, columns);
            for (Index t = 0; t < strip.tiles; ++t) {
                Scalar* const to = at(part, c, t);
                const PointPitch apart = pitch;
#pragma GCC unroll 6
                for (int i = 0; i < kPatch; ++i) {
                    Vec row[kPatch], v[kPatch];
#pragma GCC unroll 6
                    for (int j = 0; j < kPatch; ++j) row[j] = load(columns[kTile * t + j][i]);
                    InputLine::apply(row, v);
#pragma GCC unroll 6
                    for (int j = 0; j < kPatch; ++j) store(to + i * apart.row + j * apart.column, v[j]);
                }
            }
        });
    }
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
