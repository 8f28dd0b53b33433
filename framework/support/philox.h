// Philox4x32-10, the function behind framework/support/random.h; separate because the kernels compile it for each
// instruction set.
#pragma once

#include <cstdint>

namespace normlab {
namespace {  // each translation unit gets its own copy, compiled for its own instruction set

struct PhiloxWords {
    std::uint32_t at[4];
};

// The 128-bit counter is (index, step), the 64-bit key mixes seed and stream. A seed above 32 bits reaches the second
// key word through the multiplication; different (seed, stream) pairs differ in at least one word for 32-bit seeds.
inline PhiloxWords philox(std::uint64_t seed, std::uint32_t stream, std::uint64_t step, std::uint64_t index) {
    std::uint32_t key0 = static_cast<std::uint32_t>(seed);
    std::uint32_t key1 = stream ^ static_cast<std::uint32_t>(seed >> 32) * 0x9E3779B9u;
    std::uint32_t c0 = static_cast<std::uint32_t>(index), c1 = static_cast<std::uint32_t>(index >> 32);
    std::uint32_t c2 = static_cast<std::uint32_t>(step), c3 = static_cast<std::uint32_t>(step >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * c0;
        const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * c2;
        c0 = static_cast<std::uint32_t>(product1 >> 32) ^ c1 ^ key0;
        c1 = static_cast<std::uint32_t>(product1);
        c2 = static_cast<std::uint32_t>(product0 >> 32) ^ c3 ^ key1;
        c3 = static_cast<std::uint32_t>(product0);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}

}  // namespace
}  // namespace normlab
