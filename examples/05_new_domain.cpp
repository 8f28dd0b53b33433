// A net that tells vertical from horizontal stripes meets images in different light. Its running statistics are kept,
// reset, and re-estimated; no weight changes.
#include <cmath>
#include <cstdio>

#include "normlab/framework/ops/loss.h"
#include "normlab/framework/support/random.h"
#include "normlab/layers/layers.h"
#include "normlab/layers/population.h"
#include "normlab/optim/optim.h"

using namespace normlab;

namespace {

struct Batch {
    Tensor images;
    Labels labels;
};

// 64 images of 8x8: stripes three pixels wide anywhere, with noise, seen through brightness + contrast · image.
Batch draw(std::uint64_t step, double contrast, double brightness) {
    Batch batch{Tensor({64, 1, 8, 8}), Labels(64)};
    for (std::uint64_t n = 0; n < 64; ++n) {
        const auto words = random_words({1, 0}, step, n);
        batch.labels[n] = static_cast<int>(words[0] % 2);
        for (std::uint64_t i = 0; i < 64; ++i) {
            const std::uint64_t place = batch.labels[n] == 0 ? i % 8 : i / 8;
            const double stripe = (place + words[1] % 6) / 3 % 2 == 0 ? 1 : -1;
            const double noise = 0.5 * random_normal({1, 1}, step, 64 * n + i);
            batch.images.mutable_data()[64 * n + i] = static_cast<Scalar>(brightness + contrast * (stripe + noise));
        }
    }
    return batch;
}

double accuracy(Module& model, double contrast, double brightness) {
    const Batch batch = draw(1000, contrast, brightness);
    const Tensor logits = model(batch.images).value();
    double right = 0;
    for (std::size_t n = 0; n < 64; ++n)
        right += (logits.data()[2 * n + 1] > logits.data()[2 * n]) == (batch.labels[n] == 1);
    return right / 64;
}

}  // namespace

int main() {
    Sequential model(Conv2d({.in = 1, .out = 8, .kernel = 3, .bias = false}), BatchNorm2d({.num_features = 8}), ReLU(),
                     GlobalAvgPool2d(), Flatten(), Linear({.in = 8, .out = 2}));
    initialize(model, 1);
    SGD sgd(parameters(model), {.lr = 0.1, .momentum = 0.9});
    for (std::uint64_t step = 0; step < 60; ++step) {
        const Batch batch = draw(step, 1, 0);
        Tape tape;
        tape.backward(cross_entropy(model(batch.images), batch.labels));
        sgd.step();
    }
    model.eval();
    const double contrast = 0.3, brightness = 2;  // the new light
    std::printf("in the old light:              %5.1f %%\n", 100 * accuracy(model, 1, 0));
    std::printf("in the new one, kept:          %5.1f %%\n", 100 * accuracy(model, contrast, brightness));

    RunningStatistics& running = *running_statistics(model[1]);
    running.reset();
    std::printf("reset:                         %5.1f %%\n", 100 * accuracy(model, contrast, brightness));

    Population population(8);  // of what the batch norm is fed in the new light
    for (std::uint64_t step = 2000; step < 2010; ++step)
        population.add(model[0](draw(step, contrast, brightness).images).value());
    for (Index c = 0; c < 8; ++c) {
        running.mean.mutable_data()[c] = static_cast<Scalar>(population.mean()[static_cast<std::size_t>(c)]);
        running.variance.mutable_data()[c] = static_cast<Scalar>(population.variance()[static_cast<std::size_t>(c)]);
    }
    const double estimated = accuracy(model, contrast, brightness);
    std::printf("re-estimated, no labels:       %5.1f %%\n", 100 * estimated);
    return estimated > 0.95 ? 0 : 1;
}
