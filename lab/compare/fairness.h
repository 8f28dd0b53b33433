// What the runs of a sweep have in common, and how they differ.
#pragma once

#include "lab/compare/sweep.h"

namespace normlab {

struct Fairness {
    std::vector<std::string> keys;  // of the config: those that differ from run to run
    // The weight tensors that all nets share by name and shape: how many there are, and how many of them begin with the
    // same bits in runs with the same seed.
    Index shared = 0, equal = 0;
    bool same_images = false;  // in the same order, with the same augmentation
};

Fairness fairness_of(const Sweep& sweep, const std::vector<SweepAxis>& tuned = {});

}  // namespace normlab
