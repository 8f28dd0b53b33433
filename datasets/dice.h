// Random numbers for drawing one image, one after another: the same for the same (stream, image) on any thread.
#pragma once

#include "framework/support/random.h"

namespace normlab {

class Dice {
  public:
    Dice(RandomStream stream, std::uint64_t image) : stream_(stream), image_(image) {}

    // In [0, 1). In f(dice.uniform(), dice.uniform()) C++ leaves open which is drawn first: give each a name.
    double uniform() { return next() * 0x1p-32; }
    double between(double low, double high) { return low + (high - low) * uniform(); }
    bool chance(double p) { return uniform() < p; }
    int pick(int count) { return static_cast<int>(uniform() * count); }
    // About normal, never far out: the sum of the four bytes of one word, scaled to mean 0 and deviation 1.
    double bell() {
        const std::uint32_t word = next();
        const std::uint32_t sum = (word & 0xFF) + (word >> 8 & 0xFF) + (word >> 16 & 0xFF) + (word >> 24);
        return (sum - 510.0) * (1 / 147.80054);  // a byte's variance is (256² − 1) / 12
    }

  private:
    std::uint32_t next() {
        if (used_ == 4) words_ = random_words(stream_, image_, call_++), used_ = 0;
        return words_[used_++];
    }
    RandomStream stream_;
    std::uint64_t image_, call_ = 0;
    std::array<std::uint32_t, 4> words_{};
    std::size_t used_ = 4;
};

}  // namespace normlab
