#include "framework/kernels/fast/conv_tile.h"

namespace normlab::NORMLAB_ISA {
namespace {

// The tile with V vectors and H (0 or 1) half ones.
template <int pitch, int P, int V, int H>
__attribute__((noinline)) void compute_tile_of(const Tile& t) {
    Vec acc[P][V + 1];
    Half last[P];
#pragma GCC unroll 16
    for (int p = 0; p < P; ++p) {
        const Scalar* from = t.start != nullptr ? t.start : t.out + t.pixels[p];
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) acc[p][v] = load(from + v * kLanes);
        if constexpr (H == 1) last[p] = load_half(from + V * kLanes);
    }
    if (t.start != nullptr)  // the first write to these lines: they can come while the sums are formed
#pragma GCC unroll 16
        for (int p = 0; p < P; ++p)
#pragma GCC unroll 4
            for (int v = 0; v < V + H; ++v) __builtin_prefetch(t.out + t.pixels[p] + v * kLanes, 1);
    const Scalar* weights = t.weights;
    for (Index tap = 0; tap < t.tap_count; ++tap) {
        const Scalar* in = t.in + t.taps[tap];
        for (Index c = 0; c < t.channels; ++c) {
            Vec w[V + 1];
            Half w_last{};
#pragma GCC unroll 4
            for (int v = 0; v < V; ++v) w[v] = load(weights + v * kLanes);
            if constexpr (H == 1) w_last = load_half(weights + V * kLanes);
#pragma GCC unroll 16
            for (int p = 0; p < P; ++p) {
                const Vec x = splat(in[p * pitch]);
#pragma GCC unroll 4
                for (int v = 0; v < V; ++v) acc[p][v] += x * w[v];
                if constexpr (H == 1) last[p] += lower(x) * w_last;
            }
            in += t.plane;
            weights += t.weight_pitch;
        }
    }
#pragma GCC unroll 16
    for (int p = 0; p < P; ++p) {
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) store(t.out + t.pixels[p] + v * kLanes, acc[p][v]);
        if constexpr (H == 1) store_half(t.out + t.pixels[p] + V * kLanes, last[p]);
    }
}

// Picks the instance for these numbers of pixels and vectors.
template <int pitch, int V = kMostVectors, int P = static_cast<int>(most_pixels(V))>
void pick(int pixels, int vectors, const Tile& tile) {
    if constexpr (kHalves)
        if (vectors == V && pixels == P && tile.half) return compute_tile_of<pitch, P, V - 1, 1>(tile);
    if (vectors == V && pixels == P) return compute_tile_of<pitch, P, V, 0>(tile);
    if constexpr (P > 1)
        if (vectors == V) return pick<pitch, V, P - 1>(pixels, vectors, tile);
    if constexpr (V > 1) pick<pitch, V - 1>(pixels, vectors, tile);
}

}  // namespace

template <int pitch>
void compute_tile(int pixels, int vectors, const Tile& tile) {
    pick<pitch>(pixels, vectors, tile);
}
template void compute_tile<1>(int, int, const Tile&);
template void compute_tile<kLanes>(int, int, const Tile&);

}  // namespace normlab::NORMLAB_ISA
