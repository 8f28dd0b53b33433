#include <cmath>

#include "framework/support/philox.h"
#include "framework/support/random.h"
#include "framework/tensor.h"
#include "tests/catch.h"

using namespace normlab;

TEST_CASE("the random words are Philox4x32-10's", "[random]") {
    // Known answers of the Random123 distribution, for counters and keys of all zeros and all ones; our counter is
    // (index, step), our key (seed, stream).
    const auto words = [](std::uint32_t key0, std::uint32_t key1, std::uint64_t low, std::uint64_t high) {
        return random_words({key0, key1}, high, low);
    };
    REQUIRE(words(0, 0, 0, 0) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    REQUIRE(words(~0u, ~0u, ~0ull, ~0ull) ==
            std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("another seed, stream, step or index gives other words", "[random]") {
    const auto base = random_words({1, 2}, 3, 4);
    REQUIRE(random_words({1, 2}, 3, 4) == base);
    REQUIRE(random_words({9, 2}, 3, 4) != base);
    REQUIRE(random_words({1ull << 40, 2}, 3, 4) != base);
    REQUIRE(random_words({1, 9}, 3, 4) != base);
    REQUIRE(random_words({1, 2}, 9, 4) != base);
    REQUIRE(random_words({1, 2}, 3, 9) != base);
}

TEST_CASE("uniform and normal numbers have the moments of their names", "[random]") {
    const int count = 100000;
    double uniform = 0, uniform_squares = 0, normal = 0, normal_squares = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const double u = random_uniform({1, 2}, 3, i), z = random_normal({1, 2}, 3, i);
        REQUIRE((u >= 0 && u < 1));
        uniform += u / count, uniform_squares += u * u / count;
        normal += z / count, normal_squares += z * z / count;
    }
    const double error = 4 / std::sqrt(double{count});  // four standard errors of a variable of variance 1
    REQUIRE(std::abs(uniform - 1.0 / 2) < error * std::sqrt(1.0 / 12));
    REQUIRE(std::abs(uniform_squares - 1.0 / 3) < error * std::sqrt(4.0 / 45));
    REQUIRE(std::abs(normal) < error);
    REQUIRE(std::abs(normal_squares - 1) < error * std::sqrt(2.0));
}

TEST_CASE("randn is a function of shape and seed, in PyTorch's order", "[random]") {
    const std::vector<Scalar> four = Tensor::randn({2, 2}, 1).values();
    REQUIRE(Tensor::randn({2, 2}, 1).values() == four);
    REQUIRE(Tensor::randn({2, 2}, 2).values() != four);
    REQUIRE(Tensor::randn({1, 2, 1, 2}, 1).values() == four);
    double mean = 0, square = 0;
    const int count = 100000;
    for (const Scalar z : Tensor::randn({count}, 3).values()) mean += z / count, square += z * z / count;
    const double error = 4 / std::sqrt(double{count});
    REQUIRE(std::abs(mean) < error);
    REQUIRE(std::abs(square - 1) < error * std::sqrt(2.0));
}
