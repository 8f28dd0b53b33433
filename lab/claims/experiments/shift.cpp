// Does batch norm work because it stops the inputs of a layer from shifting? Algorithm 1 of Santurkar et al. 2018:
// noise behind each norm shifts what follows more than the plain net does (workbench/jolt.h).
//   shift = mean over steps and channels of |μ_t − μ_{t−1}|, μ the mean of a channel before the fourth ReLU
#include "lab/claims/experiments/shift.h"

#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/gradients.h"
#include "lab/claims/workbench/jolt.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/model/evaluation.h"

namespace normlab {
namespace {

const std::string kVgg = "VGG6", kJolted = "VGG6, jolted", kJoltedMore = "VGG6, jolted fourfold",
                  kRealJolted = "VGG on CIFAR-10, jolted";
constexpr double kRate = 0.3;

// What the fourth ReLU gets when the net computes a fixed batch: how far its channels' means are from those of the step
// before, and three quantiles of the first channel.
void hear_fourth(Module& net, const Tensor& images, std::vector<double>& before, Numbers& found) {
    const TrainMode untouched(net);
    const Tensor input = inputs_of(net, images, of_kind("ReLU"))[3].input;
    const std::vector<double> means = moments_of(input).mean, values = channel_values(input, 0);
    if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); })) return;
    double shift = 0;
    for (std::size_t c = 0; c < before.size(); ++c)
        shift += std::abs(means[c] - before[c]) / static_cast<double>(means.size());
    if (!before.empty()) found["shift"].push_back(shift);
    before = means;
    for (const auto& [name, share] : {std::pair{"low", 0.15}, {"median", 0.5}, {"high", 0.85}})
        found[name].push_back(quantile(values, share));
}

}  // namespace

Numbers train_in_noise(Workbench& bench, const Run& run, std::uint64_t seed) {
    const bool real = run.net == kVggOnCifar10 || run.net == kRealJolted;
    const DataSet& images = real ? bench.images("cifar10") : bench.images("digits", 4000, 1000);
    auto net = real ? make_net({.layers = vgg(), .norm = run.norm, .image = {3, 32, 32}}, seed)
                    : make_net({.layers = vgg6(), .norm = run.norm}, seed);
    if (run.net == kJolted || run.net == kRealJolted) net = std::make_unique<Jolted>(std::move(net), 1);
    if (run.net == kJoltedMore) net = std::make_unique<Jolted>(std::move(net), 4);
    const Tensor fixed = first_batches(images, 64, 1)[0].images;
    Numbers found;
    const Recipe recipe{.rate = run.rate, .steps = real ? 15000 : 200, .batch = real ? 128 : 64};
    const Training training = bench.train(*net, images, recipe, seed,
                                          [&](Index step, const Batch& batch) {
                                              hear_fourth(*net, fixed, found["means"], found);
                                              if (run.net == kVggOnCifar10 && step % 100 == 0)
                                                  look_below(*net, batch, run.rate, {"7.weight", "14.weight"}, found);
                                          },
                                          {run, &found});
    found["accuracies"] = training.accuracies;
    found["accuracy"] = {100 * (training.diverged ? kGuessing : training.mean_accuracy(real ? 500 : 30))};
    return found;
}

Plot::Curve over_steps(const Run& run, const std::vector<double>& y, double steps) {
    Plot::Curve line{.name = title_of(run.norm), .x = {}, .y = y, .colour = colour_of(run.norm)};
    for (std::size_t i = 0; i < y.size(); ++i)
        line.x.push_back(steps * static_cast<double>(i) / static_cast<double>(y.size()));
    if (run.net == kJolted || run.net == kRealJolted)
        line.name.en += " with noise", line.name.ko += " + 잡음",
            line.colour = run.norm == "batch" ? colours::kGroup : colours::kLayer;
    return line;
}

namespace {

// Algorithm 1. Of the plain nets, one for each rate, the best accuracy counts; shifts are compared with those of
// `none`, which learns.
std::vector<Check> despite_noise(const Trials& all, const Run& batch, const Run& noisy, const Run& none,
                                 const std::vector<double>& rates) {
    std::vector<std::vector<double>> lost;  // by plain nets
    for (const double rate : rates) lost.push_back(all.difference(batch, Run{batch.net, "none", rate}, "accuracy"));
    const std::vector<double> lead = least_of(lost), cost = all.difference(batch, noisy, "accuracy");
    const std::vector<double> share = over(cost, lead), left = minus(lead, cost);
    const std::string rate = text_of(none.rate), source = "Santurkar et al. 2018, figure 2";
    return {
        proof("shift-batch", {22},
              {"shift, none at rate " + rate + " / batch", "이동량, 정규화 없음(학습률 " + rate + ") / 배치 정규화"},
              all.ratio(none, batch, "shift"), at_least(10))
            .as_ratio(),
        proof("share", {22},
              {"share of batch norm's lead that is lost when noise shifts the inputs again",
               "잡음으로 입력을 다시 흔들 때 사라지는 배치 정규화의 이점의 비율"},
              share, at_least(0.5))
            .from(source),
        proof("shift-noise", {23},
              {"shift, batch with noise / none at rate " + rate,
               "이동량, 잡음을 넣은 배치 정규화 / 정규화 없음(학습률 " + rate + ")"},
              all.ratio(noisy, none, "shift"), at_least(1))
            .as_ratio()
            .from(source),
        proof("cost", {23}, {"accuracy in training that the noise costs", "잡음 때문에 잃은 학습 정확도"}, cost,
              at_most(5))
            .in("points")
            .from(source),
        proof("left", {23},
              {"accuracy in training, batch with noise − the best of none",
               "학습 정확도, 잡음을 넣은 배치 정규화 − 정규화 없는 망 중 최고"},
              left, at_least(20))
            .in("points")
            .from(source)};
}

// Two hundred of the numbers.
std::vector<double> thinned(const std::vector<double>& values) {
    const std::size_t every = std::max(values.size() / 200, std::size_t{1});
    std::vector<double> few;
    for (std::size_t i = 0; i + every <= values.size(); i += every) few.push_back(values[i]);
    return few;
}
// The means of so many numbers each.
std::vector<double> block_means(const std::vector<double>& values, std::size_t block) {
    std::vector<double> means;
    for (std::size_t first = 0; first + block <= values.size(); first += block) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
        means.push_back(mean_of({begin, begin + static_cast<std::ptrdiff_t>(block)}));
    }
    return means;
}
// As figure 2.
std::vector<Picture> in_noise(const Trials& all, const std::vector<Run>& runs) {
    Plot accuracy{
        .title = {"Accuracy in training", "학습 중 정확도"}, .x = {"step", "걸음"}, .y = {"accuracy", "정확도"}};
    Plot inputs{.title = {"One channel before the fourth ReLU: median, and from 15 to 85 % of its values",
                          "네 번째 ReLU 앞 한 채널: 중앙값과 15~85 % 범위"},
                .x = {"step", "걸음"},
                .y = {"value", "값"}};
    for (const Run& run : runs) {
        const auto until = static_cast<double>(all.list(run, "accuracies").size());
        const std::vector<double>& accuracies = all.list(run, "accuracies");
        const std::size_t block = std::max(accuracies.size() / 200, std::size_t{10});
        accuracy.curves.push_back(over_steps(run, block_means(accuracies, block), until));
        Plot::Curve band = over_steps(run, thinned(all.list(run, "median")), until);
        band.low = thinned(all.list(run, "low")), band.high = thinned(all.list(run, "high"));
        inputs.curves.push_back(std::move(band));
    }
    return {accuracy, inputs};
}

Evidence on_cifar10(Workbench& bench) {
    const Run batch{kVggOnCifar10, "batch", kRateOnCifar10}, none = batch.with("none"),
                                                             noisy{kRealJolted, "batch", kRateOnCifar10};
    const Trials all(bench, {none, batch, noisy}, train_in_noise);
    return {.checks = despite_noise(all, batch, noisy, none, {kRateOnCifar10}),
            .pictures = in_noise(all, {none, batch, noisy}),
            .settings = vgg()};
}

Evidence examine_shift(Workbench& bench) {
    if (bench.real()) return on_cifar10(bench);
    const Run batch{kVgg, "batch", kRate}, none{kVgg, "none", 0.1}, noisy{kJolted, "batch", kRate},
        noisier{kJoltedMore, "batch", kRate}, noisy_none = noisy.with("none");
    const Trials all(bench, {Run{kVgg, "none", 0.03}, none, batch.with("none"), batch, noisy, noisier, noisy_none},
                     train_in_noise);

    Evidence found{.checks = despite_noise(all, batch, noisy, none, {0.03, 0.1, kRate}), .settings = vgg6()};
    found.checks.push_back(
        control("noisier",
                {"accuracy in training that four times the noise costs", "네 배의 잡음 때문에 잃은 학습 정확도"},
                all.difference(batch, noisier, "accuracy"), at_least(15))
            .in("points"));
    found.checks.push_back(
        report("noisy-none", {23},
               {"accuracy in training of the plain net with noise", "정규화 없는 망에 잡음을 넣은 학습 정확도"},
               all.of(noisy_none, "accuracy"))
            .in("%"));
    found.pictures = in_noise(all, {none, batch, noisy, noisy_none});
    return found;
}

}  // namespace

const Claim kShift = {
    .name = "shift",
    .question = {"Does batch norm work because it stops the inputs from shifting?",
                 "입력 분포를 붙잡아 주어서 잘되는 걸까요?"},
    .statements = {22, 23, 24},
    .seconds = 285,
    .seeds = 5,
    .setting =
        {"six convolutions (8, 8, 16, 16, 32, 32 channels) on drawn digits, batches of 64, 200 steps at rate 0.3 (the "
         "plain net also at 0.1 and 0.03), with and without noise that shifts and scales what the ReLUs get; gradients "
         "before and after the layers below moved, also in six dense layers and in a deep linear net",
         "그려진 숫자로 합성곱 여섯 층(8, 8, 16, 16, 32, 32채널), 배치 64, 학습률 0.3으로 200걸음 (정규화 없는 망은 "
         "0.1과 0.03으로도). ReLU의 입력을 옮기고 늘리는 잡음이 있을 때와 없을 때. 아래 층이 움직이기 전과 후의 "
         "기울기는 여섯 층의 완전연결망과 깊은 선형 망에서도 측정"},
    .refutation = {"noise that shifts a layer's inputs more than the plain net does, and takes batch norm's lead away",
                   "정규화 없는 망보다 입력을 더 크게 흔드는 잡음이 배치 정규화의 이점을 없애는 것"},
    .sources = {"Ioffe & Szegedy 2015, section 2", "Santurkar et al. 2018, figures 2 and 3, algorithm 1"},
    .real_data = "cifar10",
    .examine = {examine_shift, examine_steps_below},
    .formulas = {{"G =", "∇_i", "L ( W_1 , … , W_k )"},
                 {"G′ =", "∇_i", "L ( W_1 − η ∇_1 , … , W_i−1 − η ∇_i−1 , W_i , … , W_k )"}},
    .least_steps = 31,  // the first look at the deep linear net
};

}  // namespace normlab
