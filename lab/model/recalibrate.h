// Running statistics re-estimated: those of the population of images instead of a moving average over batches.
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

    // The number whose root evaluation divides by: for an L1 batch norm not the variance but π/2 · (mean |x − mean|)².
    std::vector<double> variance() const;
};

// The inputs of each layer that keeps running statistics when the model computes these images in its current mode, in
// the order in which the layers compute.
std::vector<NamedPopulation> populations(Module& model, const ImageSet& images, const PixelScale& scale,
                                         Index batch_size = 250);

// Gives each layer its population's mean and variance, the first layer first: the input of a later layer is computed
// with the new statistics of those before it, so there is a pass over the images for each. Labels are ignored, and the
// result does not depend on the batch size. A model without running statistics is an Error. `begins` is called before
// each layer with its name, its number and their count. Returns the number of layers.
using LayerBegins = std::function<void(const std::string& name, Index number, Index count)>;
Index recalibrate(
    Module& model, const ImageSet& images, const PixelScale& scale, Index batch_size = 250,
    const LayerBegins& begins = [](const std::string&, Index, Index) {});

}  // namespace normlab
