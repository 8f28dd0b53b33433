// Random numbers that are a function of where they are used, not of what was drawn before. Philox4x32-10 (Salmon,
// Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns a key and a counter into four
// 32-bit words; here the key is (seed, stream) and the counter (step, index). Any thread may compute any of them, in
// any order, and a resumed run needs no generator state beyond the step.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace normlab {

// One sequence of steps, each an endless row of numbers.
struct RandomStream {
    std::uint64_t seed = 0;
    std::uint32_t stream = 0;
    bool operator==(const RandomStream&) const = default;
};

// A separate stream for each name, the same in every run: stream_named(seed, "layer1.0.conv1.weight").
RandomStream stream_named(std::uint64_t seed, std::string_view name);

// The four words at (step, index).
std::array<std::uint32_t, 4> random_words(RandomStream stream, std::uint64_t step, std::uint64_t index);

double random_uniform(RandomStream stream, std::uint64_t step, std::uint64_t index);  // in [0, 1), 53 bits
double random_normal(RandomStream stream, std::uint64_t step, std::uint64_t index);   // mean 0, variance 1

}  // namespace normlab
