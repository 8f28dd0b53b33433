// An image cut into tiles of 4x4 outputs, which read patches of 6x6 inputs:
//
//     +------+------+---         tile (i, j) makes rows 4i ... 4i+3, columns 4j ... 4j+3; what sticks out is dropped
//     | 4x4  |      |
//     +------+------+---         its patch begins at row 4i - pad, column 4j - pad and overlaps its neighbours' by 2;
//     |      |      |            pixels outside of the image are read from a line of zeros
//
// With dilation d the outputs whose rows, and columns, lie d apart are a convolution of their own: a tile takes every
// d-th row and column, beginning in one of d x d phases. A larger kernel is several of 3x3, which read patches that lie
// 3 pixels apart; the sum over them is the sum over input channels continued:
//
//     | a a a b b |              5x5 is 2x2 parts of 3x3, the last ones filled up with zeros
//     | a a a b b |
//     | a a a b b |              instead of 25 multiplications 4 * 36/16 = 9 for an output
//     | c c c d d |
//     | c c c d d |
//
// Tiles are counted through all images. Channels go by vectors, the last of which may be partly filled.
#pragma once

#include "framework/kernels/fast/isa.h"
#include "framework/kernels/fast/winograd_lines.h"

namespace normlab::NORMLAB_ISA {
namespace {

// Rows and columns of pixels that lie a step apart, from one pixel of an image on.
struct Place {
    Index image, top, left;
    Pair step;
    Place moved(Index down, Index right) const { return {image, top + down, left + right, step}; }
};

struct Tiles {
    Pair dilation;
    Index rows, cols, of_image, count;
    Tiles(Index N, Index P, Index Q, Pair d)
        : dilation(d),
          rows(ceil_div(ceil_div(P, d.h), kTile)),
          cols(ceil_div(ceil_div(Q, d.w), kTile)),
          of_image(d.h * d.w * rows * cols),
          count(N * of_image) {}

    // Where the tile's outputs lie.
    Place place_of(Index tile) const {
        const Index image = tile / of_image, rest = tile % of_image;
        Index row = rest / cols, col = rest % cols, phase = 0;
        if (of_image != rows * cols) phase = row / rows, row %= rows;
        const Index top = phase / dilation.w + row * kTile * dilation.h;
        return {image, top, phase % dilation.w + col * kTile * dilation.w, dilation};
    }
};

// The parts of a kernel, each of 3x3 taps.
struct Parts {
    Index R, S, cols, count;
    Parts(Index kernel_rows, Index kernel_cols)
        : R(kernel_rows), S(kernel_cols), cols(ceil_div(S, kTaps)), count(ceil_div(R, kTaps) * cols) {}
    Index top(Index part) const { return part / cols * kTaps; }
    Index left(Index part) const { return part % cols * kTaps; }
    // The number of tap (r, s) of a part in the kernel, or -1 where the kernel has ended.
    Index tap(Index part, Index r, Index s) const {
        const Index row = top(part) + r, col = left(part) + s;
        return row < R && col < S ? row * S + col : -1;
    }
};

// Images of H x W pixels, which lie `pitch` numbers apart, one image after the other.
template <class Number>
struct ImageView {
    Number* data;
    Index H, W, pitch;
};

// The pixels that a tile reads or writes, size x size of them; `outside` where the image has none.
template <class Number, int size>
struct Window {
    Number* pixel[size][size];
    Window(const ImageView<Number>& images, const Place& place, Number* outside) {
        const auto [data, H, W, pitch] = images;
        const auto [image, top, left, step] = place;
        bool column[size];
        for (Index j = 0; j < size; ++j) column[j] = left + j * step.w >= 0 && left + j * step.w < W;
        for (Index i = 0; i < size; ++i) {
            const Index h = top + i * step.h, first = ((image * H + h) * W + left) * pitch;
            const bool row = h >= 0 && h < H;
            for (Index j = 0; j < size; ++j)
                pixel[i][j] = row && column[j] ? data + (first + j * step.w * pitch) : outside;
        }
    }
};

// While the processor multiplies, memory has little to do: it is asked for the pixels that are read or written next,
// channels begin..end of them. (Inlined by force, as in isa.h.)
template <Use use, class Number>
__attribute__((always_inline)) inline void ask_for(const ImageView<Number>& images, const Tiles& tiles,
                                                   Index first_tile, Index end_tile, Index begin, Index end) {
    for (Index tile = first_tile; tile < end_tile; ++tile) {
        const auto [image, top, left, step] = tiles.place_of(tile);
        for (Index h = top; h < smaller(top + kTile * step.h, images.H); h += step.h)
            for (Index w = left; w < smaller(left + kTile * step.w, images.W); w += step.w)
                ask_for<use>(images.data + ((image * images.H + h) * images.W + w) * images.pitch + begin, end - begin);
    }
}

// V = B' d B of the patches that a tile reads, those of all parts: the points of the channels from c on lie at(part,
// c), `pitch` apart.
template <class At>
inline void transform_patches(const ImageView<const Scalar>& images, const Place& place, const Parts& parts, Index C,
                              const Scalar* zeros, Index pitch, const At& at) {
    for (Index part = 0; part < parts.count; ++part) {
        const Window<const Scalar, kPatch> window(
            images, place.moved(parts.top(part) * place.step.h, parts.left(part) * place.step.w), zeros);
        for_vectors(0, C, [&](Index c, auto lanes) {
            Scalar* const to = at(part, c);
            transform<InputLine>([&](int i, int j) { return lanes.load(window.pixel[i][j] + c); },
                                 [=](int i, int j, Vec v) { store(to + (i * kPatch + j) * pitch, v); });
        });
    }
}

// Distances between the 36 points: an odd number of cache lines, so that they do not share sets of the cache.
inline Index point_pitch(Index count) {
    return (ceil_div(count, kLine) | 1) * kLine;
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
