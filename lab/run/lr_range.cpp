#include "lab/run/lr_range.h"

#include <algorithm>
#include <cmath>

#include "lab/run/batch_cut.h"
#include "lab/run/class_weights.h"
#include "lab/run/run_optimizer.h"
#include "lab/run/training_loss.h"
#include "optim/clip.h"

namespace normlab {
namespace {

constexpr double kNewest = 0.1;        // its share in the running mean
constexpr std::ptrdiff_t kSlope = 10;  // steps over which a slope is taken

}  // namespace

std::vector<LrStep> test_learning_rates(const Config& config, const ImageSet& train, Index steps) {
    const Model model = build_model(config, train);
    const std::unique_ptr<Optimizer> optimizer = make_optimizer(config.optim, *model.module);
    const std::vector<NamedParameter> learned = parameters(*model.module);
    Loader loader(train, loader_options(model, alone()));
    model.module->train();
    const std::vector<double> weights = class_weights(config.train, train);
    std::vector<LrStep> all;
    Index epoch = 0;
    loader.start_epoch(epoch);
    double mean = 0, least = INFINITY;
    for (Index step = 0; step < steps; ++step) {
        std::optional<Batch> batch = loader.next();
        if (!batch) loader.start_epoch(++epoch), batch = loader.next();
        const double progress = static_cast<double>(step) / static_cast<double>(std::max<Index>(1, steps - 1));
        const double lr = kLeastLr * std::pow(kMostLr / kLeastLr, progress);
        optimizer->set_lr(lr);
        tell_progress(*model.module, progress);
        seed_training(*model.module, config.seed, static_cast<std::uint64_t>(step));
        const BatchPartInUse part(batch->part);
        Tape tape;
        const Var loss = training_loss((*model.module)(batch->images), *batch, config.train.label_smoothing, weights);
        const auto value = static_cast<double>(loss.value().item());
        if (!std::isfinite(value)) break;
        mean += kNewest * (value - mean);
        const double smooth = mean / (1 - std::pow(1 - kNewest, static_cast<double>(step + 1)));
        if (smooth > kBlownUp * least) break;
        all.push_back({lr, value, smooth});
        least = std::min(least, smooth);
        tape.backward(loss);
        if (config.train.clip_grad_norm) clip_grad_norm(learned, *config.train.clip_grad_norm);
        optimizer->step();
    }
    return all;
}

const LrStep& lowest(const std::vector<LrStep>& steps) {
    return *std::ranges::min_element(steps, {}, &LrStep::smooth);
}

const LrStep& steepest(const std::vector<LrStep>& steps) {
    const auto end = &lowest(steps) - steps.data();
    const LrStep* best = steps.data();
    double fastest = 0;
    for (std::ptrdiff_t i = kSlope; i <= end; ++i) {
        const double fall = std::log(steps[static_cast<std::size_t>(i - kSlope)].smooth) -
                            std::log(steps[static_cast<std::size_t>(i)].smooth);
        if (fall > fastest) fastest = fall, best = &steps[static_cast<std::size_t>(i - kSlope / 2)];
    }
    return *best;
}

}  // namespace normlab
