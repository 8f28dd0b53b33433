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
// inputs of neighbouring pixels lie a constant apart in memory, so their addresses are one pointer and constants; the
// weights are one stream, read once from beginning to end. Where channels fill only half of the last vector, a
// processor that takes two steps for a wide vector (Zen 4) is spared one of them.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kRegisters = 32;
#else
constexpr int kRegisters = 16;
#endif

constexpr bool kHalves = NORMLAB_VECTOR_BYTES == 64;  // narrower vectors take a single step
constexpr int kMostVectors = 3;
constexpr Index kMostPixels = 16;
// The most pixels of a tile of `vectors`: one register is left for the broadcast input.
constexpr Index most_pixels(Index vectors) {
    const Index fit = (kRegisters - 1 - vectors) / vectors;
    return fit < kMostPixels ? fit : kMostPixels;
}

// Output channels in blocks of 2 vectors. If the number of vectors is odd the last block has 3, or 1 where it is the
// only one. The last vector may stick out beyond the last channel.
struct ChannelBlocks {
    const Index K;
    const Index vectors = ceil_div(K, kLanes);
    const Index count = larger(vectors / 2, 1);

    Index lanes() const { return vectors * kLanes; }  // of all blocks
    Index vectors_of(Index block) const { return block + 1 < count ? 2 : vectors - 2 * block; }
    Index width(Index block) const { return vectors_of(block) * kLanes; }
    bool half(Index block) const { return kHalves && block + 1 == count && K <= (vectors - 1) * kLanes + kLanes / 2; }
    Index begin(Index block) const { return 2 * block * kLanes; }  // its first channel
    Index holding(Index channel) const { return smaller(channel / (2 * kLanes), count - 1); }
    Index channels(Index block) const { return smaller(width(block), K - begin(block)); }
};

// Cuts pixels into tiles of nearly equal size: use(begin, number of pixels).
template <class Use>
inline void for_tiles(Index pixels, Index vectors, const Use& use) {
    const Index tiles = ceil_div(pixels, most_pixels(vectors));
    for (Index tile = 0; tile < tiles; ++tile) {
        const Index begin = begin_of(tile, tiles, pixels);
        use(begin, static_cast<int>(begin_of(tile + 1, tiles, pixels) - begin));
    }
}

// For Tile::pixels: the pixels lie `pitch` apart.
struct PixelOffsets {
    Index of[kMostPixels];
    explicit PixelOffsets(Index pitch) {
        for (Index p = 0; p < kMostPixels; ++p) of[p] = p * pitch;
    }
};

}  // namespace

struct Tile {
    const Scalar* in;   // the input of the tile's first pixel, before a tap's offset is added
    const Index* taps;  // the offset of each tap
    Index tap_count;
    Index channels, plane;  // input channels, and how far apart they lie
    const Scalar* weights;  // [tap][channel][V vectors]
    Index weight_pitch;     // from one V vectors to the next
    const Scalar* start;    // V vectors that the sums start from, or null: they start from what `out` holds
    Scalar* out;
    const Index* pixels;  // where in `out` each of the P pixels lies
    bool half;            // of the last vector only the lower half is wanted; the upper one is 0
};

// The inputs of neighbouring pixels lie `pitch` apart: 1 or kLanes.
template <int pitch>
void compute_tile(int pixels, int vectors, const Tile& tile);

}  // namespace normlab::NORMLAB_ISA
