// How much an image of each class counts in the loss: train.class_weights.
#pragma once

#include <vector>

#include "datasets/image_set.h"
#include "lab/config/config.h"

namespace normlab {

// Scaled so that their mean over the training images is 1: only their proportions matter, and the learning rate means
// what it means without them. "balanced" is 1/(how many images the class has). Empty if all images count alike.
std::vector<double> class_weights(const TrainConfig& config, const ImageSet& train);

}  // namespace normlab
