// What a model does with one image, in pictures: what its first layer looks for, what each layer makes of the image,
// and which pixels the answer depends on.
#pragma once

#include <filesystem>

#include "lab/model/predict.h"

namespace normlab {

struct InnerView {
    // The channels of a layer's output, each a grey picture: black is the least number of the layer, white the largest.
    struct Maps {
        std::string layer, kind;
        Index channels = 0;           // all there are,
        std::vector<Image> pictures;  // and the first of them
    };
    Prediction prediction;
    std::string first_layer;
    std::vector<Image> filters;  // of the first convolution, in colour if it sees three channels; middle grey is 0
    std::vector<Maps> maps;
    Image saliency;  // |dz/dx| of the likeliest class's logit z, the largest of the channels: white is the most
};

InnerView look_inside(const Model& model, const std::filesystem::path& image);

}  // namespace normlab
