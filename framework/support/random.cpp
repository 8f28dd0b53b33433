#include "framework/support/random.h"

#include <cmath>
#include <numbers>

#include "framework/support/philox.h"

namespace normlab {

RandomStream stream_named(std::uint64_t seed, std::string_view name) {
    std::uint32_t hash = 2166136261u;  // FNV-1a
    for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619u;
    return {seed, hash};
}

std::array<std::uint32_t, 4> random_words(RandomStream stream, std::uint64_t step, std::uint64_t index) {
    const PhiloxWords words = philox(stream.seed, stream.stream, step, index);
    return {words.at[0], words.at[1], words.at[2], words.at[3]};
}

double random_uniform(RandomStream stream, std::uint64_t step, std::uint64_t index) {
    const auto words = random_words(stream, step, index);
    const std::uint64_t bits = (std::uint64_t{words[0]} << 32 | words[1]) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
}

// The Box-Muller transform of two uniform numbers, the first in (0, 1].
double random_normal(RandomStream stream, std::uint64_t step, std::uint64_t index) {
    const auto words = random_words(stream, step, index);
    const double radius = (words[0] + 1.0) * 0x1p-32;
    const double turn = words[1] * 0x1p-32;
    return std::sqrt(-2 * std::log(radius)) * std::cos(2 * std::numbers::pi * turn);
}

}  // namespace normlab
