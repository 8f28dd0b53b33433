#include "lab/model/evaluation.h"

#include <algorithm>
#include <cmath>

#include "datasets/datasets.h"
#include "datasets/loader.h"

namespace normlab {
namespace {

// log Σ exp(z), with the largest z taken out so that nothing overflows.
double log_sum_exp(const Scalar* z, Index K) {
    const double largest = *std::max_element(z, z + K);
    double sum = 0;
    for (Index k = 0; k < K; ++k) sum += std::exp(z[k] - largest);
    return largest + std::log(sum);
}

// The model's output for each image, (count, classes), in the set's order. Each rank computes its part of every batch.
Tensor outputs(Module& model, const ImageSet& set, const LoaderOptions& options) {
    const Index K = static_cast<Index>(set.classes.size());
    Tensor all = Tensor::zeros({set.size(), K});
    Loader loader(set, options);
    loader.start_epoch(0);
    while (const auto batch = loader.next()) {
        const Tensor logits = model(batch->images).value();
        require(logits.shape() == Shape{batch->images.shape()[0], K}, "evaluate", "the model gives ", logits.shape(),
                " for a batch of ", batch->images.shape()[0], " images of ", set.name, ", which has ", K, " classes");
        for (std::size_t n = 0; n < batch->indices.size() && batch->part.counts; ++n)
            std::copy_n(logits.data() + static_cast<Index>(n) * K, K, all.mutable_data() + batch->indices[n] * K);
    }
    options.ranks->sum({all.mutable_data(), static_cast<std::size_t>(all.elements())});
    return all;
}

Evaluation judged(const Tensor& logits, const ImageSet& set) {
    const Index N = set.size(), K = logits.shape()[1];
    Evaluation result{.count = N, .logits = logits};
    result.confusion.resize(static_cast<std::size_t>(K * K));
    double loss = 0;
    Index right = 0;
    for (Index n = 0; n < N; ++n) {
        const Scalar* z = logits.data() + n * K;
        const int truth = set.labels[static_cast<std::size_t>(n)], predicted = likeliest_class(logits, n);
        loss += log_sum_exp(z, K) - z[truth];
        right += predicted == truth;
        ++result.confusion[static_cast<std::size_t>(truth * K + predicted)];
    }
    result.loss = loss / static_cast<double>(N);
    result.accuracy = static_cast<double>(right) / static_cast<double>(N);
    return result;
}

}  // namespace

EvalMode::EvalMode(Module& root) {
    for (const auto& [name, module] : modules(root))
        if (!module->frozen()) before_.push_back({module, module->training()});
    root.eval();
}

EvalMode::~EvalMode() {
    for (const auto& [module, training] : before_) training ? module->train() : module->eval();  // parents first
}

TrainMode::TrainMode(Module& root) : root_(root), before_(root.training()) {
    for (const auto& [name, module] : modules(root)) {
        RunningStatistics* running = running_statistics(*module);
        if (running == nullptr) continue;
        RunningStatistics copy = *running;
        copy.mean = running->mean.clone(), copy.variance = running->variance.clone();
        statistics_.emplace_back(running, std::move(copy));
    }
    root.train();
}

TrainMode::~TrainMode() {
    before_ ? root_.train() : root_.eval();
    for (auto& [running, before] : statistics_) {
        running->mean.copy_from(before.mean);
        running->variance.copy_from(before.variance);
        running->batches = before.batches;
    }
}

int likeliest_class(const Tensor& logits, Index row) {
    const Index K = logits.shape()[1];
    const Scalar* z = logits.data() + row * K;
    return static_cast<int>(std::max_element(z, z + K) - z);
}

Evaluation evaluate(Module& model, const ImageSet& set, const PixelScale& scale, Index batch_size) {
    const EvalMode mode(model);
    return judged(outputs(model, set, {.batch_size = batch_size, .scale = scale}), set);
}

Evaluation evaluate(const Model& model, const ImageSet& set, Index batch_size, Collective& ranks) {
    const Index n = ranks.size();
    LoaderOptions options{.batch_size = n * batch_size, .scale = model.scale, .cut = {n, n, n}, .ranks = &ranks};
    const EvalMode mode(*model.module);
    Tensor logits = outputs(*model.module, set, options);
    if (model.config.data.test_flip) {
        options.augmentations = {HorizontalFlip{.p = 1}};
        const Tensor mirrored = outputs(*model.module, set, options);
        Scalar* z = logits.mutable_data();
        for (Index i = 0; i < logits.elements(); ++i) z[i] = (z[i] + mirrored.data()[i]) / 2;
    }
    return judged(logits, set);
}

Evaluation evaluate_in_train_mode(Module& model, const ImageSet& set, const PixelScale& scale, Index batch_size) {
    const TrainMode mode(model);
    seed_training(model, 0);
    const ImageSet whole = limited(set, std::max(set.size() / batch_size, Index{1}) * batch_size);
    return judged(outputs(model, whole, {.batch_size = batch_size, .shuffle = true, .scale = scale}), whole);
}

void feed(Module& model, const ImageSet& images, const PixelScale& scale, Index batch_size,
          ForwardListener::Heard heard) {
    Loader loader(images, {.batch_size = batch_size, .scale = scale});
    loader.start_epoch(0);
    const ForwardListener listener(std::move(heard));
    while (const auto batch = loader.next()) model(batch->images);
}

std::vector<Mistake> most_confident_mistakes(const Evaluation& evaluation, const Labels& labels, std::size_t count) {
    std::vector<Mistake> mistakes;
    const Index K = evaluation.logits.shape()[1];
    for (Index n = 0; n < evaluation.count; ++n) {
        const Scalar* z = evaluation.logits.data() + n * K;
        const int truth = labels[static_cast<std::size_t>(n)], predicted = likeliest_class(evaluation.logits, n);
        if (predicted != truth) mistakes.push_back({n, truth, predicted, std::exp(z[predicted] - log_sum_exp(z, K))});
    }
    std::ranges::stable_sort(mistakes, std::greater{}, &Mistake::confidence);
    mistakes.resize(std::min(count, mistakes.size()));
    return mistakes;
}

}  // namespace normlab
