// Orders of images that are a function of (seed, name, step) alone.
#pragma once

#include <vector>

#include "framework/support/random.h"
#include "framework/support/scalar.h"

namespace normlab {

// The numbers 0 … count − 1 in a random order, each order as likely as any other.
std::vector<Index> shuffled(RandomStream stream, std::uint64_t step, Index count);

// A number in 0 … count − 1 from 32 random bits.
inline Index below(Index count, std::uint32_t bits) {
    return static_cast<Index>((std::uint64_t{bits} * static_cast<std::uint64_t>(count)) >> 32);
}

}  // namespace normlab
