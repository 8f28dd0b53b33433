// Sets that the program draws itself: every image is a function of (seed, part, index).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "datasets/dice.h"
#include "datasets/image_set.h"

namespace normlab {

struct MadeSetOptions {
    Index train = 12000, test = 2000;  // images
    std::uint64_t seed = 0;
};

struct MadeSet {
    std::string name;
    Shape image;  // (C,H,W)
    std::vector<std::string> classes;
    // Draws an image of that class, in the order H,W,C.
    std::function<void(int label, Dice& dice, std::span<std::uint8_t> pixels)> draw;
};

// The classes take turns, so that each has its share in any stretch of the set.
Split make_set(const MadeSet& set, const MadeSetOptions& options);

// 0 to 1 as a byte; what is beyond is clamped.
std::uint8_t to_byte(double brightness);

}  // namespace normlab
