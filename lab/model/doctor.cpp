#include "lab/model/doctor.h"

#include <algorithm>
#include <cmath>

#include "datasets/datasets.h"
#include "lab/model/doctor_checks.h"
#include "lab/model/evaluation.h"
#include "lab/text/statistics.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/dropout.h"
#include "layers/ghost_batch_norm2d.h"

namespace normlab {
namespace {

constexpr Index kImages = 2000;    // examined, of each part of the data set
constexpr Index kBatch = 250;      // in which they are computed
constexpr double kNoScale = 1e-3;  // γ
constexpr Index kTrainModeBatch = 256;

// Images that share statistics in training.
Index images_together(const Module& module, Index batch) {
    const auto* ghost = dynamic_cast<const GhostBatchNorm2d*>(&module);
    return ghost == nullptr ? batch : std::min(batch, ghost->virtual_batch_size);
}

LayerHealth health_of(const NamedPopulation& fed, Index images, Index batch) {
    const RunningStatistics& running = *running_statistics(*fed.module);
    const std::vector<double> variance = fed.variance(), of_means = fed.population.variance_of_means();
    const auto C = variance.size();
    std::vector<double> ratios;
    double shifts = 0, noise = 0;
    const double together = static_cast<double>(images_together(*fed.module, batch));
    for (std::size_t c = 0; c < C; ++c) {
        const double own = variance[c] + 1e-12;
        ratios.push_back(running.variance.data()[c] / own);
        shifts += std::pow(running.mean.data()[c] - fed.population.mean()[c], 2) / own / static_cast<double>(C);
        noise += of_means[c] / own / together / static_cast<double>(C);
    }
    LayerHealth health{.name = fed.name,
                       .kind = fed.module->kind(),
                       .batches = running.batches,
                       .variance_ratio = median_of(std::move(ratios)),
                       .mean_shift = std::sqrt(shifts),
                       .values = std::llround(together * fed.population.count() / static_cast<double>(images)),
                       .channels = static_cast<Index>(C)};
    const auto* norm = dynamic_cast<const BatchNorm2d*>(fed.module);
    if (norm == nullptr) return health;
    if (norm->options.use_batch_stats && !norm->frozen()) health.mean_noise = std::sqrt(noise);
    if (norm->weight.defined())
        for (Index c = 0; c < health.channels; ++c)
            health.without_scale += std::abs(norm->weight.value().data()[c]) < kNoScale;
    return health;
}

// Channels that are 0 in all images: after each ReLU or, where ReLUs are part of larger modules, before each
// convolution but the first.
void look_for_silence(const ImageSet& images, Examination& seen) {
    Module& model = *seen.model.module;
    std::map<const Module*, std::string> names;
    for (const auto& [name, module] : modules(model)) names[module] = name;
    const bool has_relus = std::ranges::any_of(names, [](const auto& each) { return each.first->kind() == "ReLU"; });
    std::map<std::string, std::vector<bool>> alive;
    const Module* first = nullptr;
    const auto note = [&](const Module& module, const Tensor& x) {
        const auto C = static_cast<std::size_t>(as_images(x.shape()).C);
        std::vector<bool>& channels = alive.try_emplace(names.at(&module), C).first->second;
        for (Index i = 0; i < x.elements(); ++i)
            if (x.data()[i] != 0) channels[static_cast<std::size_t>(i) % C] = true;
    };
    feed(model, images, seen.model.scale, kBatch, [&](Module& module, const Var& x, const Var& y) {
        if (!names.contains(&module) || x.shape().rank() != 4) return;
        if (has_relus && module.kind() == "ReLU") note(module, y.value());
        if (has_relus || dynamic_cast<Conv2d*>(&module) == nullptr) return;
        if (first == nullptr) first = &module;
        if (&module != first) note(module, x.value());
    });
    for (const auto& [name, channels] : alive) {
        seen.channels[name] = static_cast<Index>(channels.size());
        seen.silent[name] = std::ranges::count(channels, false);
    }
}

std::vector<NamedPopulation> with_dropout(const Model& model, const ImageSet& images) {
    seed_training(*model.module, 0);
    bool any = false;
    for (const auto& [name, module] : modules(*model.module)) {
        if (dynamic_cast<Dropout*>(module) == nullptr) continue;
        module->train();
        any = true;
    }
    return any ? populations(*model.module, images, model.scale, kBatch) : std::vector<NamedPopulation>{};
}

Examination examined(const Model& model, const Split& split, const std::string& file,
                     const std::vector<std::string>& images) {
    const ImageSet train = limited(split.train, kImages), test = limited(split.test, kImages);
    Examination seen{.model = model,
                     .file = file,
                     .images = images,
                     .train_batch = images_at_once(model.config) / model.config.train.replicas.value_or(1)};
    {
        const EvalMode mode(*model.module);
        seen.clean = populations(*model.module, train, model.scale, kBatch);
        look_for_silence(train, seen);
        seen.dropped = with_dropout(model, train);
    }
    for (const NamedPopulation& fed : seen.clean) seen.layers.push_back(health_of(fed, train.size(), seen.train_batch));
    seen.eval_accuracy = evaluate(*model.module, test, model.scale).accuracy;
    seen.train_accuracy = evaluate_in_train_mode(*model.module, test, model.scale, kTrainModeBatch).accuracy;
    return seen;
}

}  // namespace

Diagnosis diagnose(const Model& model, const Split& split, const std::string& file,
                   const std::vector<std::string>& images) {
    Diagnosis diagnosis;
    check_finite(model, diagnosis.findings);
    if (!diagnosis.findings.empty()) return diagnosis;
    const Examination seen = examined(model, split, file, images);
    // The worst first: what makes answers wrong, then what makes learning hard, then what is of no use.
    for (const auto check : {check_never_updated, check_far_apart, check_modes, check_variance, check_momentum,
                             check_dropout, check_dead_channels, check_batch_size, check_bias})
        check(seen, diagnosis.findings);
    diagnosis.layers = seen.layers;
    diagnosis.eval_accuracy = seen.eval_accuracy, diagnosis.train_accuracy = seen.train_accuracy;
    return diagnosis;
}

}  // namespace normlab
