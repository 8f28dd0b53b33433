// Running statistics estimated anew: those of the population of images, instead of a moving average of batches.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "datasets/image_set.h"
#include "datasets/pixel_scale.h"
#include "layers/population.h"

namespace normlab {

struct NamedPopulation {
    std::string name;
    Module* module;  // a layer that keeps running statistics
    Population population;
};

// What each layer that keeps running statistics is fed when the model is given these images in the mode that it is in,
// in the order in which they compute.
std::vector<NamedPopulation> populations(Module& model, const ImageSet& images, const PixelScale& scale,
                                         Index batch_size = 250);

// Gives each layer its population's mean and variance, the first layer first: what a later layer is fed is computed
// with the new statistics of those before it, so there is a pass over the images for each. The labels are not looked
// at, and the result does not depend on the batch size. A model without running statistics is an Error. `begins` is
// told of each layer: its name, and which of how many it is. Returns how many there were.
using LayerBegins = std::function<void(const std::string& name, Index number, Index count)>;
Index recalibrate(
    Module& model, const ImageSet& images, const PixelScale& scale, Index batch_size = 250,
    const LayerBegins& begins = [](const std::string&, Index, Index) {});

}  // namespace normlab
