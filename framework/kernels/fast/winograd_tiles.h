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

    struct Place {
        Index image, top, left;
    };
    // Where the tile's outputs begin.
    Place place_of(Index tile) const {
        const Index image = tile / (rows * cols), inside = tile % (rows * cols);
        return {image, inside / cols * kTile, inside % cols * kTile};
    }
    // Where its patch begins.
    Place patch_of(Index tile, Index pad_top, Index pad_left) const {
        const auto [image, top, left] = place_of(tile);
        return {image, top - pad_top, left - pad_left};
    }
};

// Images of H x W pixels with C channels, one after the other.
template <class Number>
struct Images {
    Number* data;
    Index H, W, C;
};

// The pixels that a tile reads or writes, size x size of them from a place on; `outside` where the image has none.
template <class Number, int size>
struct Window {
    Number* pixel[size][size];
    Window(const Images<Number>& images, const Tiles::Place& place, Number* outside) {
        const auto [data, H, W, C] = images;
        const auto [image, top, left] = place;
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
        const auto [image, top, left] = tiles.place_of(tile);
        for (Index h = top; h < smaller(top + kTile, images.H); ++h)
            for (Index w = left; w < smaller(left + kTile, images.W); ++w)
                for (Index c = begin; c < end; c += kLine)
                    __builtin_prefetch(images.data + ((image * images.H + h) * images.W + w) * images.C + c,
                                       use == Use::write, 2);
    }
}

// Distances between the 36 points: an odd number of cache lines, so that they do not share sets of the cache.
inline Index point_pitch(Index count) {
    return (ceil_div(count, kLine) | 1) * kLine;
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
