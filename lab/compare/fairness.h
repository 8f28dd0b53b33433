// What the runs of a sweep have in common, and in what they differ.
#pragma once

#include "lab/compare/sweep.h"

namespace normlab {

struct Fairness {
    std::vector<std::string> keys;  // of the config: those that differ from run to run
    // The weights that all nets have under the same name and in the same shape, drawn with the same seed: how many
    // tensors there are, and how many of them begin with the same bits.
    Index shared = 0, equal = 0;
    bool same_images = false;  // in the same order, with the same augmentation
};

Fairness fairness_of(const Sweep& sweep);

}  // namespace normlab
