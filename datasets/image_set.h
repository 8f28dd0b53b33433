// A set of images with their labels, held in memory as bytes: what a data set is from the moment it is read until the
// loader turns it into batches. CIFAR-10 takes 184 MB this way, a quarter of its floats.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "framework/ops/loss.h"
#include "framework/support/shape.h"

namespace normlab {

struct ImageSet {
    std::string name;                  // "mnist"
    Shape image = {0, 0, 0};           // (C,H,W) of every image
    std::vector<std::uint8_t> pixels;  // in the order N,H,W,C
    Labels labels;                     // a number below classes.size() for each image
    std::vector<std::string> classes;  // what the labels are called

    Index size() const { return static_cast<Index>(labels.size()); }
    std::span<const std::uint8_t> pixels_of(Index i) const {
        const auto bytes = static_cast<std::size_t>(image.elements());
        return std::span(pixels).subspan(static_cast<std::size_t>(i) * bytes, bytes);
    }
};

// The images to learn from and those to measure on. Validation images are taken out of those to learn from; with them a
// run can be judged while it trains, and its best epoch chosen, without a look at the test set.
struct Split {
    ImageSet train, test;
    ImageSet validation = {};             // or none
    std::vector<std::string> notes = {};  // what whoever reads the set should know: files that were passed over

    bool has_validation() const { return validation.size() > 0; }
    const ImageSet& judging() const { return has_validation() ? validation : test; }
};

}  // namespace normlab
