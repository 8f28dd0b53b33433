// An image cut into tiles of 4x4 outputs, which read patches of 6x6 inputs:
//
//     +------+------+---         tile (i, j) makes rows 4i ... 4i+3, columns 4j ... 4j+3; what sticks out is dropped
//     | 4x4  |      |
//     +------+------+---         its patch begins at row 4i - pad, column 4j - pad and overlaps its neighbours' by 2;
//     |      |      |            pixels outside the image are read from a line of zeros
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

// The pixels that a tile reads or writes, size x size of them; `outside` where the image has none.
template <class Number, int size>
struct Window {
    Number* pixel[size][size];
    Window(const ImageView<Number>& images, const TileOrigin& origin, Number* outside) {
        const auto [data, H, W, pitch] = images;
        const auto [image, top, left, step] = origin;
        bool col_inside[size];
        for (Index j = 0; j < size; ++j) col_inside[j] = left + j * step.w >= 0 && left + j * step.w < W;
        for (Index i = 0; i < size; ++i) {
            const Index h = top + i * step.h, first = ((image * H + h) * W + left) * pitch;
            const bool row_inside = h >= 0 && h < H;
            for (Index j = 0; j < size; ++j)
                pixel[i][j] = row_inside && col_inside[j] ? data + (first + j * step.w * pitch) : outside;
        }
    }
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

// V = B' d B of the patches that a tile reads for all parts, the first of them at `origin`. The points of the vector of
// channels that begins with c lie from at(part, c) on, `pitch` apart.
template <class At>
inline void transform_patches(const ImageView<const Scalar>& images, const TileOrigin& origin, const Parts& parts,
                              Index C, const Scalar* zeros, Index pitch, const At& at) {
    for (Index part = 0; part < parts.count; ++part) {
        const Window<const Scalar, kPatch> window(
            images, origin.moved(parts.top(part) * origin.step.h, parts.left(part) * origin.step.w), zeros);
        for_vectors(0, C, [&](Index c, auto lanes) {
            Scalar* const to = at(part, c);
            transform<InputLine>([&](int i, int j) { return lanes.load(window.pixel[i][j] + c); },
                                 [=](int i, int j, Vec v) { store(to + (i * kPatch + j) * pitch, v); });
        });
    }
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
