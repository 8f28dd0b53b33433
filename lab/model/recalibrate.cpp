#include "lab/model/recalibrate.h"

#include <algorithm>

#include "framework/ops/l1_normalize.h"
#include "framework/support/error.h"
#include "lab/model/evaluation.h"
#include "layers/batch_norm2d.h"
#include "layers/instance_norm2d.h"
#include "layers/l1_batch_norm2d.h"

namespace normlab {
namespace {

// In the order in which they compute.
std::vector<NamedPopulation> keepers(Module& model, const ImageSet& images, const PixelScale& scale) {
    const std::vector<NamedModule> named = modules(model);
    std::vector<NamedPopulation> found;
    ImageSet first{.name = images.name, .image = images.image, .labels = {0}, .classes = images.classes};
    const auto pixels = images.pixels_of(0);
    first.pixels.assign(pixels.begin(), pixels.end());
    feed(model, first, scale, 1, [&](Module& module, const Var&, const Var&) {
        const RunningStatistics* running = running_statistics(module);
        if (running == nullptr) return;
        found.push_back({std::ranges::find(named, &module, &NamedModule::module)->name, &module,
                         Population(running->mean.elements())});
    });
    return found;
}

bool needs_deviations(const Module& module) {
    return dynamic_cast<const L1BatchNorm2d*>(&module) != nullptr;
}

// As the layer would have remembered a batch of all images.
void remember(const NamedPopulation& layer) {
    Module& module = *layer.module;
    const Population& population = layer.population;
    RunningStatistics& running = *running_statistics(module);
    const auto* batch_norm = dynamic_cast<const BatchNorm2d*>(&module);
    const bool unbiased = batch_norm != nullptr && !batch_norm->options.biased_running_var;
    const double correction = unbiased ? population.count() / (population.count() - 1) : 1;
    const bool by_image = dynamic_cast<const InstanceNorm2d*>(&module) != nullptr;
    const std::vector<double> variance = by_image ? population.mean_variance() : layer.variance();
    for (std::size_t c = 0; c < variance.size(); ++c) {
        running.mean.mutable_data()[c] = static_cast<Scalar>(population.mean()[c]);
        running.variance.mutable_data()[c] = static_cast<Scalar>(correction * variance[c]);
    }
    running.batches = 1;
}

}  // namespace

std::vector<NamedPopulation> populations(Module& model, const ImageSet& images, const PixelScale& scale,
                                         Index batch_size) {
    std::vector<NamedPopulation> found = keepers(model, images, scale);
    feed(model, images, scale, batch_size, [&](Module& module, const Var& x, const Var&) {
        const auto keeper = std::ranges::find(found, &module, &NamedPopulation::module);
        if (keeper != found.end()) keeper->population.add(x.value());
    });
    if (!std::ranges::any_of(found, [](const NamedPopulation& each) { return needs_deviations(*each.module); }))
        return found;
    feed(model, images, scale, batch_size, [&](Module& module, const Var& x, const Var&) {
        const auto keeper = std::ranges::find(found, &module, &NamedPopulation::module);
        if (keeper != found.end() && needs_deviations(module)) keeper->population.add_deviations(x.value());
    });
    return found;
}

std::vector<double> NamedPopulation::variance() const {
    if (!needs_deviations(*module)) return population.variance();
    std::vector<double> variance = population.mean_absolute_deviation();
    for (double& each : variance) each = l1_variance(each);
    return variance;
}

Index recalibrate(Module& model, const ImageSet& images, const PixelScale& scale, Index batch_size,
                  const LayerBegins& begins) {
    const EvalMode mode(model);
    std::vector<NamedPopulation> layers = keepers(model, images, scale);
    require(!layers.empty(), "recalibrate", "the model has no layer that keeps running statistics");
    const auto count = static_cast<Index>(layers.size());
    Index number = 0;
    for (NamedPopulation& each : layers) {
        auto& [name, layer, population] = each;
        begins(name, ++number, count);
        const auto gather = [layer = layer, &population = population](Module& module, const Var& x, const Var&) {
            if (&module == layer) population.add(x.value());
        };
        feed(model, images, scale, batch_size, gather);
        require(population.count() > 1, "recalibrate", "one value of a channel has no variance: layer ", name,
                " needs more images");
        if (needs_deviations(*layer))
            feed(model, images, scale, batch_size,
                 [layer = layer, &population = population](Module& module, const Var& x, const Var&) {
                     if (&module == layer) population.add_deviations(x.value());
                 });
        remember(each);
    }
    return count;
}

}  // namespace normlab
