// An image cut into tiles of 4x4 outputs, which read patches of 6x6 inputs:
//
//     +------+------+---         tile (i, j) makes rows 4i ... 4i+3, columns 4j ... 4j+3; what sticks out is dropped
//     | 4x4  |      |
//     +------+------+---         its patch begins at row 4i - pad, column 4j - pad and overlaps its neighbours' by 2;
//     |      |      |            pixels outside of the image are read from a line of zeros
//
// Tiles are counted through all images. Channels go by vectors, the last of which may be partly filled.
#pragma once

#include "framework/kernels/fast/isa.h"
#include "framework/kernels/fast/winograd_lines.h"

namespace normlab::NORMLAB_ISA {
namespace {

struct Tiles {
    Index rows, cols, count;
    Tiles(Index N, Index P, Index Q) : rows(ceil_div(P, kTile)), cols(ceil_div(Q, kTile)), count(N * rows * cols) {}
    Index image(Index tile) const { return tile / (rows * cols); }
    Index top(Index tile) const { return tile / cols % rows * kTile; }
    Index left(Index tile) const { return tile % cols * kTile; }
};

// Images of H x W pixels with C channels, one after the other.
template <class Number>
struct Images {
    Number* data;
    Index H, W, C;
};

// The pixels that a tile reads or writes, size x size of them from (top, left) on; `outside` where the image has none.
template <class Number, int size>
struct Window {
    Number* pixel[size][size];
    Window(const Images<Number>& images, Index image, Index top, Index left, Number* outside) {
        const auto [data, H, W, C] = images;
        bool column[size];
        for (Index j = 0; j < size; ++j) column[j] = left + j >= 0 && left + j < W;
        for (Index i = 0; i < size; ++i) {
            const bool row = top + i >= 0 && top + i < H;
            const Index first = ((image * H + top + i) * W + left) * C;
            for (Index j = 0; j < size; ++j) pixel[i][j] = row && column[j] ? data + (first + j * C) : outside;
        }
    }
};

// While the processor multiplies, memory has little to do: it is asked for the pixels that are read or written next,
// channels begin..end of them. (Inlined by force: GCC drops calls of functions that do nothing but prefetch.)
enum class Use { read, write };
template <Use use, class Number>
__attribute__((always_inline)) inline void ask_for(const Images<Number>& images, const Tiles& tiles, Index first_tile,
                                                   Index end_tile, Index begin, Index end) {
    for (Index tile = first_tile; tile < end_tile; ++tile) {
        const Window<Number, kTile> window(images, tiles.image(tile), tiles.top(tile), tiles.left(tile), nullptr);
        for (Index i = 0; i < kTile; ++i)
            for (Index j = 0; j < kTile; ++j)
                for (Index c = begin; c < end && window.pixel[i][j] != nullptr; c += kLine)
                    __builtin_prefetch(window.pixel[i][j] + c, use == Use::write, 2);
    }
}

// Distances between the 36 points: an odd number of cache lines, so that they do not share sets of the cache.
inline Index point_pitch(Index count) {
    return (ceil_div(count, kLine) | 1) * kLine;
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
