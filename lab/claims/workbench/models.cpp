#include "lab/claims/workbench/models.h"

#include "lab/claims/workbench/tensors.h"
#include "lab/model/recalibrate.h"
#include "layers/affine.h"

namespace normlab {
namespace {

// What a parameter starts with, plus normally distributed numbers.
void disturb(const Var& parameter, std::uint64_t seed) {
    if (!parameter.defined()) return;
    Var disturbed = parameter;
    const Tensor added = noise(parameter.shape(), seed, 0, 0.3);
    Scalar* values = disturbed.mutable_value().mutable_data();
    for (Index i = 0; i < added.elements(); ++i) values[i] += added.data()[i];
}

}  // namespace

Model untrained(const std::string& architecture, const std::string& norm, const ImageSet& images, std::uint64_t seed) {
    Config config;
    config.seed = seed;
    config.model = {{"arch", architecture}, {"norm", norm}};
    Model model = build_model(config, images);
    bool keeps_statistics = false;
    for (const NamedModule& each : modules(*model.module)) {
        keeps_statistics |= running_statistics(*each.module) != nullptr;
        const auto* affine = dynamic_cast<const Affine*>(each.module);
        if (affine != nullptr && each.module->is_norm()) disturb(affine->weight, ++seed), disturb(affine->bias, ++seed);
    }
    if (keeps_statistics) recalibrate(*model.module, images, model.scale);
    model.module->eval();
    return model;
}

}  // namespace normlab
