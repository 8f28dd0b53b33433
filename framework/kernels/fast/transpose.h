// Transposition: to[c][r] = from[r][c], by squares as wide as a vector, which are transposed in registers. In stage
// `half` = 1, 2, 4, ... rows that lie `half` apart exchange the off-diagonal halves of their 2*half x 2*half squares:
//
//     half = 1:  a0 a1 a2 a3      a0 b0 a2 b2      half = 2:  the 2x2 squares
//                b0 b1 b2 b3  ->  a1 b1 a3 b3                 change places, too
#pragma once

#include <utility>

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {
namespace {

template <int half, int... lane>
inline void exchange(Vec& a, Vec& b, std::integer_sequence<int, lane...>) {
    constexpr int n = sizeof...(lane);
    const Vec upper = __builtin_shufflevector(a, b, ((lane & half) ? n + lane - half : lane)...);
    b = __builtin_shufflevector(a, b, ((lane & half) ? n + lane : lane + half)...);
    a = upper;
}

template <int half = 1>
inline void turn(Vec (&square)[kLanes]) {
    if constexpr (half < kLanes) {
#pragma GCC unroll 16
        for (int row = 0; row < kLanes; ++row)
            if ((row & half) == 0)
                exchange<half>(square[row], square[row + half], std::make_integer_sequence<int, kLanes>());
        turn<half * 2>(square);
    }
}

// One square of `rows` <= kLanes; a vector is stored for each column, so `to` must have room for whole ones.
__attribute__((noinline)) inline void transpose_square(const Scalar* from, Index rows, Index from_pitch, Scalar* to,
                                                       Index to_pitch) {
    Vec square[kLanes];
    if (rows == kLanes) {
#pragma GCC unroll 16
        for (int row = 0; row < kLanes; ++row) square[row] = load(from + row * from_pitch);
    } else {
#pragma GCC unroll 16
        for (int row = 0; row < kLanes; ++row) square[row] = load(from + smaller(row, rows - 1) * from_pitch);
    }
    turn(square);
#pragma GCC unroll 16
    for (int column = 0; column < kLanes; ++column) store(to + column * to_pitch, square[column]);
}

// to[c*to_pitch + r] = from[r*from_pitch + c] for r < rows, c < columns. Each row of `to` has room for `room` numbers;
// if that is a vector or more, anything may be written beyond the row's end, up to a vector.
inline void transpose(const Scalar* from, Index rows, Index columns, Index from_pitch, Scalar* to, Index to_pitch,
                      Index room) {
    if (columns < kLanes || room < kLanes || rows == 0) {
        for (Index c = 0; c < columns; ++c)
            for (Index r = 0; r < rows; ++r) to[c * to_pitch + r] = from[r * from_pitch + c];
        return;
    }
    // The last square of a row, or column, overlaps the one before instead of sticking out.
    for (Index r = 0; r < rows; r += kLanes) {
        const Index row = r + kLanes > rows ? larger(rows - kLanes, 0) : r;
        for (Index c = 0; c < columns; c += kLanes) {
            const Index column = smaller(c, columns - kLanes);
            transpose_square(from + row * from_pitch + column, smaller(kLanes, rows), from_pitch,
                             to + column * to_pitch + row, to_pitch);
        }
    }
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
