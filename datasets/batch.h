// Some images with their labels, as the loader makes them.
#pragma once

#include "datasets/image_set.h"
#include "framework/batch_part.h"
#include "framework/tensor.h"

namespace normlab {

struct Batch {
    BatchPart part;  // which images these are of those that all processes have
    Tensor images;   // (N,C,H,W)
    Labels labels;
    std::vector<Index> indices = {};  // the position of each image in the set
    // Of images that are mixtures of two (mixup.h): the label of the second, and how much of each is the first.
    Labels second_labels = {};
    double share = 1;
};

}  // namespace normlab
