// The innermost loop of the convolutions: a tile of P pixels x V vectors of output channels, all of it in registers.
//
//                     V vectors of output channels
//                    +-----------+-----------+
//     pixel 0        | acc[0][0] | acc[0][1] |      for each tap, for each input channel c:
//     pixel 1        | acc[1][0] | acc[1][1] |        the V weight vectors are loaded,
//       ...          |    ...    |    ...    |        each of the P inputs is broadcast and multiplied with them
//     pixel P-1      |           |           |
//                    +-----------+-----------+
//
// P + V loads feed P * V multiply-adds, so the tile is as large as the registers allow: 14 x 2 of 32, 6 x 2 of 16. The
// inputs of neighbouring pixels are neighbours in memory (conv_pack.h sees to that), so their addresses are one pointer
// and constants; the weights are one stream, read once from beginning to end.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {
namespace {

#ifdef __AVX512F__
constexpr int kRegisters = 32;
#else
constexpr int kRegisters = 16;
#endif

constexpr int kMostVectors = 3;
constexpr Index kMostPixels = 16;
// The most pixels of a tile of `vectors`: one register is left for the broadcast input.
constexpr Index most_pixels(Index vectors) {
    const Index fit = (kRegisters - 1 - vectors) / vectors;
    return fit < kMostPixels ? fit : kMostPixels;
}

struct Tile {
    const Scalar* in;   // the input of the tile's first pixel, before a tap's offset is added
    const Index* taps;  // an offset for each tap
    Index tap_count;
    Index channels, plane;  // input channels, and how far apart they lie
    const Scalar* weights;  // [tap][channel][V vectors]
    Index weight_pitch;     // from one V vectors to the next
    const Scalar* start;    // V vectors that the sums start from, or null: they start from what `out` holds
    Scalar* out;
    const Index* pixels;  // where in `out` each of the P pixels lies
};

template <int pitch, int P, int V>
__attribute__((noinline)) void compute_tile(const Tile& t) {
    Vec acc[P][V];
#pragma GCC unroll 16
    for (int p = 0; p < P; ++p) {
        const Scalar* from = t.start != nullptr ? t.start : t.out + t.pixels[p];
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) acc[p][v] = load(from + v * kLanes);
    }
    if (t.start != nullptr)  // the first write to these lines: they can come while the sums are formed
#pragma GCC unroll 16
        for (int p = 0; p < P; ++p)
#pragma GCC unroll 4
            for (int v = 0; v < V; ++v) __builtin_prefetch(t.out + t.pixels[p] + v * kLanes, 1);
    const Scalar* weights = t.weights;
    for (Index tap = 0; tap < t.tap_count; ++tap) {
        const Scalar* in = t.in + t.taps[tap];
        for (Index c = 0; c < t.channels; ++c) {
            Vec w[V];
#pragma GCC unroll 4
            for (int v = 0; v < V; ++v) w[v] = load(weights + v * kLanes);
#pragma GCC unroll 16
            for (int p = 0; p < P; ++p) {
                const Vec x = splat(in[p * pitch]);
#pragma GCC unroll 4
                for (int v = 0; v < V; ++v) acc[p][v] += x * w[v];
            }
            in += t.plane;
            weights += t.weight_pitch;
        }
    }
#pragma GCC unroll 16
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) store(t.out + t.pixels[p] + v * kLanes, acc[p][v]);
}

// Picks the instance for these numbers of pixels and vectors; the inputs of neighbouring pixels lie `pitch` apart.
template <int pitch, int V, int P = static_cast<int>(most_pixels(V))>
void compute_tile_of_pixels(int pixels, const Tile& tile) {
    if (pixels == P) return compute_tile<pitch, P, V>(tile);
    if constexpr (P > 1) compute_tile_of_pixels<pitch, V, P - 1>(pixels, tile);
}
template <int pitch = 1, int V = kMostVectors>
void compute_tile(int pixels, int vectors, const Tile& tile) {
    if (vectors == V) return compute_tile_of_pixels<pitch, V>(pixels, tile);
    if constexpr (V > 1) compute_tile<pitch, V - 1>(pixels, vectors, tile);
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
