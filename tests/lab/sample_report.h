// Made-up runs whose reports look like those of real ones.
#pragma once

#include <cmath>

#include "datasets/digits.h"
#include "lab/report/report.h"
#include "layers/models/models.h"
#include "tests/support.h"

namespace normlab::test {

// Falling losses, rising accuracies, a cosine, and some noise.
inline std::vector<EpochMetrics> sample_metrics(Index count, Index epochs) {
    std::vector<EpochMetrics> metrics;
    for (Index e = 1; e <= count; ++e) {
        const double t = static_cast<double>(e), all = static_cast<double>(epochs),
                     wobble = random_normal({3, 1}, 0, static_cast<std::uint64_t>(e));
        EpochMetrics m{.epoch = e, .step = 187 * e, .lr = 0.025 * (1 + std::cos(M_PI * t / all))};
        m.train_loss = 0.9 * std::exp(-7 * t / all) + 0.9 / (t * t) + 0.004;
        m.test = Score{.loss = 0.7 * std::exp(-5 * t / all) * (1 + 0.12 * wobble) + 0.6 / (t * t) + 0.034};
        m.train_accuracy = 1 - 0.29 * m.train_loss;
        m.test->accuracy = 1 - 0.3 * m.test->loss;
        m.seconds = 4.1 * t;
        m.images_per_s = 3150 + 90 * random_normal({3, 2}, 0, static_cast<std::uint64_t>(e));
        metrics.push_back(m);
    }
    return metrics;
}

// Of `images` images of each class most are right; the others are taken for a neighbour, or for one further away.
inline std::vector<Index> sample_confusion(std::size_t classes, Index images, double mistakes) {
    std::vector<Index> counts(classes * classes);
    for (std::size_t i = 0; i < classes; ++i)
        for (Index n = 0; n < images; ++n) {
            const std::uint64_t draw = i * 1000 + static_cast<std::uint64_t>(n);
            const bool wrong = random_normal({5, 1}, 0, draw) > std::sqrt(2) * std::log(1 / mistakes) / 2;
            const auto away = static_cast<std::size_t>(1 + std::abs(2.5 * random_normal({5, 2}, 0, draw)));
            ++counts[i * classes + (wrong ? (i + away) % classes : i)];
        }
    return counts;
}

inline std::vector<Report::MistakenImage> sample_mistakes(std::size_t count, int classes) {
    const ImageSet digits = make_digits({.train = 10, .test = 200}).test;
    std::vector<Report::MistakenImage> mistakes;
    for (std::size_t i = 0; i < count; ++i) {
        const auto pixels = digits.pixels_of(static_cast<Index>(7 * i % 200));
        const int truth = digits.labels[7 * i % 200];
        mistakes.push_back({{28, 28, 1, {pixels.begin(), pixels.end()}},
                            truth % classes,
                            static_cast<int>(truth + 1 + i % 8) % classes,
                            0.998 - 0.017 * static_cast<double>(i)});
    }
    return mistakes;
}

// A net whose later layers drift away from evaluation, and calm down again.
inline std::vector<Look> sample_looks(std::size_t count, std::size_t layers) {
    std::vector<Look> looks;
    for (std::size_t i = 0; i < count; ++i) {
        const double t = static_cast<double>(i) / static_cast<double>(count);
        const auto wobble = [&](std::uint32_t what) { return random_normal({9, what}, 0, i); };
        Look look{.epoch = 1, .step = i == 0 ? 1 : 50 * static_cast<Index>(i), .loss = 2.2 * std::exp(-3 * t) + 0.1};
        look.eval_loss = look.loss * (1 + 0.4 * std::exp(-8 * t) + 0.03 * wobble(1));
        for (std::size_t l = 0; l < layers; ++l) {
            const double depth = static_cast<double>(l + 1) / static_cast<double>(layers), wide = 1 + 2 * t * depth;
            LayerLook layer{.name = "layer1." + std::to_string(l) + ".bn1", .kind = "BatchNorm2d"};
            layer.before = {-6 * wide, -0.9 * wide - 0.1 * t,
                            -0.1 * t + 0.02 * wobble(static_cast<std::uint32_t>(l + 2)), wide, 7 * wide};
            layer.after = {-4.5, -1.05, -0.2 * t, 1, 5 + 0.3 * wobble(static_cast<std::uint32_t>(l + 90))};
            layer.dead = 0.15 * t * depth;
            layer.saturated = 0.004 + 0.002 * t;
            layer.mean_gap = 0.9 * std::exp(-9 * t) + 0.1;
            layer.deviation_gap = 0.5 * std::exp(-7 * t) + 0.05;
            layer.eval_gap = depth * (0.8 * std::exp(-8 * t) + 0.1);
            look.layers.push_back(layer);
        }
        for (const double size : {0.1, 0.5, 2.0})
            look.parameters.push_back({.name = "layer1.0.conv1.weight",
                                       .gradient = 0.3 * size * (1 - t),
                                       .update = 0.004 * size * (1 - t),
                                       .weights = Spread{-size, -0.2 * size, 0.01 * t, 0.2 * size, size * (1 + t)},
                                       .gradients = Spread{t - 1, 0.1 * t - 0.1, 0, 0.1 - 0.1 * t, 1 - t}});
        looks.push_back(look);
    }
    return looks;
}

inline Report sample_report(Index epochs_done, Index epochs, std::size_t classes = 10) {
    Config config;
    config.train.epochs = epochs;
    const RunState state{epochs_done < epochs ? RunState::Kind::running : RunState::Kind::finished};
    Report report = gather_report("runs/digits-lenet", config, sample_metrics(epochs_done, epochs), state);
    for (std::size_t i = 0; i < classes; ++i)
        report.classes.push_back(classes <= 10 ? std::to_string(i) : "kind " + std::to_string(i));
    report.confusion = {sample_confusion(classes, 200, classes <= 10 ? 0.05 : 0.2), epochs_done};
    report.mistakes = sample_mistakes(24, static_cast<int>(classes));
    Sequential net =
        lenet({.norm = {.type = NormType::batch}, .image = {1, 28, 28}, .classes = static_cast<Index>(classes)});
    report.layers = summarize(net, {1, 28, 28});
    report.environment = {{"kernels", "v4"}, {"threads", "2"}};
    report.files = {{"config.json", "1.3 KiB"}, {"metrics.jsonl", "2.1 KiB"}, {"model.safetensors", "1.7 MiB"}};
    return report;
}

}  // namespace normlab::test
