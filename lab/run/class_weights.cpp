#include "lab/run/class_weights.h"

namespace normlab {
namespace {

constexpr const char* kKey = "train.class_weights";

}  // namespace

std::vector<double> class_weights(const TrainConfig& config, const ImageSet& train) {
    if (config.class_weights.is_null()) return {};
    std::vector<double> images(train.classes.size()), weights(train.classes.size());
    for (const int label : train.labels) ++images[static_cast<std::size_t>(label)];
    if (config.class_weights.is_array()) {
        weights = config.class_weights.get<std::vector<double>>();
        if (weights.size() != images.size())
            throw ConfigError(kKey, "has " + std::to_string(weights.size()) + " numbers, but " + train.name + " has " +
                                        std::to_string(images.size()) + " classes");
    } else {
        for (std::size_t k = 0; k < weights.size(); ++k) weights[k] = images[k] > 0 ? 1 / images[k] : 0;
    }
    double sum = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * images[k];
    if (sum == 0) throw ConfigError(kKey, "has 0 for all classes that have images: nothing would be learned");
    for (double& weight : weights) weight *= static_cast<double>(train.size()) / sum;
    return weights;
}

}  // namespace normlab
