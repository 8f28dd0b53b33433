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

// The pixels that a tile reads or writes, size x size of them from (top, left) on; null where the image has none.
template <class Number, int size>
struct Window {
    Number* pixel[size][size];
    Window(Number* image, Index H, Index W, Index C, Index top, Index left, Number* outside) {
        bool column[size];
        for (Index j = 0; j < size; ++j) column[j] = left + j >= 0 && left + j < W;
        for (Index i = 0; i < size; ++i) {
            const bool row = top + i >= 0 && top + i < H;
            const Index first = ((top + i) * W + left) * C;
            for (Index j = 0; j < size; ++j) pixel[i][j] = row && column[j] ? image + (first + j * C) : outside;
        }
    }
};

inline Vec load_some(const Scalar* from, Index count) {
    if (count >= kLanes) return load(from);
    Vec value = {};
    for (Index i = 0; i < count; ++i) value[i] = from[i];
    return value;
}
inline void store_some(Scalar* to, Vec value, Index count) {
    if (count >= kLanes) return store(to, value);
    for (Index i = 0; i < count; ++i) to[i] = value[i];
}

// Distances between the 36 points: an odd number of cache lines, so that they do not share sets of the cache.
inline Index point_pitch(Index count) {
    constexpr Index line = 64 / sizeof(Scalar);
    return (ceil_div(count, line) | 1) * line;
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
