// Does batch norm work because it stops the inputs of a layer from shifting? Two measurements of Santurkar et al. 2018.
// Algorithm 1: noise behind each norm shifts what follows more than the plain net does (workbench/jolt.h).
//   shift = mean over steps and channels of |μ_t − μ_{t−1}|, μ the mean of a channel before the fourth ReLU
// Definition 2.1: what a step of the layers below does to a layer's gradient, with the same batch.
//   G = ∇_{W_i} L(W_1 … W_k),   G′ = ∇_{W_i} L(W_1 − η∇_1 … W_{i−1} − η∇_{i−1}, W_i … W_k);   cos(G, G′), ‖G − G′‖
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/deep_linear.h"
#include "lab/claims/workbench/gradients.h"
#include "lab/claims/workbench/jolt.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trainings.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"

namespace normlab {
namespace {

// The nets of algorithm 1, and those of definition 2.1 with the weights that are looked at.
const std::string kVgg = "VGG6", kJolted = "VGG6, jolted", kJoltedMore = "VGG6, jolted fourfold",
                  kStepped = "VGG6, stepped", kMlp = "MLP, stepped", kLinear = "deep linear net",
                  kReal = "VGG on CIFAR-10", kRealJolted = "VGG on CIFAR-10, jolted";
constexpr double kRate = 0.3, kRealRate = 0.1, kLinearRate = 1e-4;
const std::vector<std::string> kLayers = {"7.weight", "14.weight"}, kDeepLayers = {"7.weight", "13.weight"};  // 3 and 5

struct Stepped {
    std::string net;
    std::vector<double> rates;  // the largest that the plain net stands, and a fourth of it
    std::vector<std::string> layers;
};
const std::vector<Stepped> kSteppedNets = {{kStepped, {0.025, 0.1}, kLayers}, {kMlp, {0.025, 0.1}, kDeepLayers}};

// What the fourth ReLU gets when the net computes a fixed batch: how far its channels' means are from those of the step
// before, and three quantiles of the first channel.
void hear_fourth(Module& net, const Tensor& images, std::vector<double>& before, Numbers& found) {
    const TrainMode untouched(net);
    const Tensor input = inputs_of(net, images, [](const Module& each) { return each.kind() == "ReLU"; })[3].input;
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

void look_at_step(Module& net, const Objective& objective, double rate, const std::vector<std::string>& layers,
                  Numbers& found) {
    const Place here = gradient_at(net, objective);
    for (const std::string& layer : layers) {
        const Shift shift = shift_of(net, objective, here, rate, layer);
        found["cosine " + layer].push_back(std::isfinite(shift.cosine) ? shift.cosine : 0);
        found["change " + layer].push_back(shift.change);
    }
    found["still"].push_back(shift_of(net, objective, here, 0, layers[0]).change);
}

Numbers jolted(Workbench& bench, const Run& run) {
    const bool real = run.net == kReal || run.net == kRealJolted;
    const DataSet& images = real ? bench.images("cifar10") : bench.images("digits", 4000, 1000);
    auto net = real ? make_net({.layers = vgg(), .norm = run.norm, .image = {3, 32, 32}}, run.seed)
                    : make_net({.layers = vgg6(), .norm = run.norm}, run.seed);
    if (run.net == kJolted || run.net == kRealJolted) net = std::make_unique<Jolted>(std::move(net), 1);
    if (run.net == kJoltedMore) net = std::make_unique<Jolted>(std::move(net), 4);
    const Tensor fixed = first_batches(images, 64, 1)[0].images;
    Numbers found;
    const Recipe recipe{.rate = run.rate, .steps = real ? 15000 : 200, .batch = real ? 128 : 64};
    const Training training = bench.train(*net, images, recipe, run.seed,
                                          [&](Index step, const Batch& batch) {
                                              hear_fourth(*net, fixed, found["means"], found);
                                              if (run.net == kReal && step % 100 == 0)
                                                  look_at_step(*net, batch, run.rate, kLayers, found);
                                          },
                                          {run.label(), &found});
    found["accuracies"] = training.accuracies;
    found["accuracy"] = {training.diverged ? 10 : 100 * training.mean_accuracy(real ? 500 : 30)};
    return found;
}

Numbers stepped(Workbench& bench, const Run& run) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const std::string layers = run.net == kMlp ? mlp(6, 100, "relu", R"("init":"kaiming_normal")") : vgg6();
    const auto net = make_net({.layers = layers, .norm = run.norm}, run.seed);
    Numbers found;
    bench.train(*net, images, {.rate = run.rate}, run.seed, [&](Index step, const Batch& batch) {
        if (step % 10 == 0) look_at_step(*net, batch, run.rate, run.net == kMlp ? kDeepLayers : kLayers, found);
    });
    return found;
}

Numbers stepped_linear(Workbench& bench, const Run& run) {
    const DeepLinear linear = make_deep_linear(run.norm, run.seed);
    Numbers found;
    const Training training =
        bench.fit(*linear.net, linear.objective, {.rate = run.rate, .steps = 1200}, [&](Index step) {
            if (step % 60 == 30)
                look_at_step(*linear.net, linear.objective, run.rate, {deep_linear_weight(9), deep_linear_weight(17)},
                             found);
        });
    found["loss"] = {training.losses.back()};
    return found;
}

std::vector<double> middle_of(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> middle;
    for (std::size_t i = 0; i < a.size(); ++i) middle.push_back((a[i] + b[i]) / 2);
    return middle;
}
std::vector<double> smallest_of(const std::vector<std::vector<double>>& lists) {
    std::vector<double> least = lists[0];
    for (const std::vector<double>& list : lists)
        for (std::size_t i = 0; i < list.size(); ++i) least[i] = std::min(least[i], list[i]);
    return least;
}

// Algorithm 1: the plain nets are those of one rate or of several, of which the best counts.
std::vector<Check> despite_noise(const Trainings& all, const Run& batch, const Run& noisy,
                                 const std::vector<double>& rates) {
    std::vector<std::vector<double>> lost;  // by plain nets
    for (const double rate : rates)
        lost.push_back(all.difference(batch, {batch.net, "none", rate}, "accuracy", mean_of));
    const std::vector<double> lead = smallest_of(lost), cost = all.difference(batch, noisy, "accuracy", mean_of);
    const std::vector<double> share = over(cost, lead), left = minus(lead, cost);
    const Run none = batch.with("none");
    const std::string source = "Santurkar et al. 2018, figure 2";
    return {
        proof("shift-batch", {22}, {"shift, none / batch", "이동량, 정규화 없음 / 배치 정규화"},
              all.ratio(none, batch, "shift", mean_of), at_least(10))
            .as_ratio(),
        proof("share", {22},
              {"share of batch norm's lead that is lost when noise shifts the inputs again",
               "잡음으로 입력을 다시 흔들 때 사라지는 배치 정규화의 이점의 비율"},
              share, at_least(0.5))
            .from(source),
        proof("shift-noise", {23}, {"shift, batch with noise / none", "이동량, 잡음을 넣은 배치 정규화 / 정규화 없음"},
              all.ratio(noisy, none, "shift", mean_of), at_least(1.5))
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

// Definition 2.1, on nets that are no toys, and in the deep linear net.
Check nowhere_better(const std::vector<std::vector<double>>& gains) {
    return proof("gain", {24},
                 {"smallest gain of cos(G, G′) by batch norm, of nets, rates and layers",
                  "배치 정규화로 커진 cos(G, G′)의 최솟값 (망·학습률·층 중)"},
                 smallest_of(gains), at_most(0.05))
        .from("Santurkar et al. 2018, figure 3");
}
std::vector<Check> in_linear_net(const Trainings& all) {
    const Run batch{kLinear, "batch", kLinearRate}, none = batch.with("none");
    const std::string layer = "cosine " + deep_linear_weight(9), later = "cosine " + deep_linear_weight(17);
    return {proof("linear-none", {24},
                  {"mean of cos(G, G′) in the deep linear net without norm, layers 9 and 17, the smaller",
                   "정규화 없는 깊은 선형망의 평균 cos(G, G′), 9층과 17층 중 작은 값"},
                  smallest_of({all.each(none, layer, mean_of), all.each(none, later, mean_of)}), at_least(0.99)),
            proof("linear-batch", {24},
                  {"the same with batch norm, the mean of both layers", "배치 정규화가 있을 때, 두 층의 평균"},
                  middle_of(all.each(batch, layer, mean_of), all.each(batch, later, mean_of)), at_most(0.9)),
            proof("linear-loss", {23},
                  {"loss of the deep linear net after 1200 steps, batch / none",
                   "1200걸음 뒤 깊은 선형망의 손실, 배치 정규화 / 없음"},
                  all.ratio(batch, none, "loss", last_of), at_most(1))
                .as_ratio(),
            control("still", {"change of a gradient when no layer moves", "아무 층도 움직이지 않을 때 기울기의 변화"},
                    all.each(batch, "still", largest_of), at_most(0))};
}

// Every so many numbers, so that two hundred are left.
std::vector<double> thinned(const std::vector<double>& values, bool averaged = false) {
    const std::size_t every = std::max(values.size() / 200, averaged ? std::size_t{10} : std::size_t{1});
    std::vector<double> few;
    for (std::size_t first = 0; first + every <= values.size(); first += every)
        few.push_back(averaged ? mean_of({values.begin() + static_cast<std::ptrdiff_t>(first),
                                          values.begin() + static_cast<std::ptrdiff_t>(first + every)})
                               : values[first]);
    return few;
}
Plot::Curve curve(const Run& run, const std::vector<double>& y, double until) {
    std::vector<double> x;
    for (std::size_t i = 0; i < y.size(); ++i)
        x.push_back(until * static_cast<double>(i) / static_cast<double>(y.size()));
    Plot::Curve line = curve_of(run, x, y);
    if (run.net == kJolted || run.net == kRealJolted)
        line.name.en += " with noise", line.name.ko += " + 잡음",
            line.colour = run.norm == "batch" ? colours::kGroup : colours::kLayer;
    return line;
}

// As figure 2.
void draw_noise(const Trainings& all, const std::vector<Run>& runs, std::vector<Picture>& pictures) {
    Plot accuracy{
        .title = {"Accuracy in training", "학습 중 정확도"}, .x = {"step", "걸음"}, .y = {"accuracy", "정확도"}};
    Plot inputs{.title = {"One channel before the fourth ReLU: median, and from 15 to 85 % of its values",
                          "네 번째 ReLU 앞 한 채널: 중앙값과 15~85 % 범위"},
                .x = {"step", "걸음"},
                .y = {"value", "값"}};
    for (const Run& run : runs) {
        const auto until = static_cast<double>(all.of_first_seed(run, "accuracies").size());
        accuracy.curves.push_back(curve(run, thinned(all.of_first_seed(run, "accuracies"), true), until));
        Plot::Curve band = curve(run, thinned(all.of_first_seed(run, "median")), until);
        band.low = thinned(all.of_first_seed(run, "low")), band.high = thinned(all.of_first_seed(run, "high"));
        inputs.curves.push_back(std::move(band));
    }
    pictures.push_back(accuracy), pictures.push_back(inputs);
}

// As figure 3.
void draw_step(const Trainings& all, const Run& batch, const std::string& layer, const Words& where, double until,
               std::vector<Picture>& pictures) {
    Plot cosines{.title = {"cos(G, G′): " + where.en, "cos(G, G′): " + where.ko},
                 .x = {"step", "걸음"},
                 .y = {"cosine", "코사인"}};
    Plot changes{.title = {"‖G − G′‖: " + where.en, "‖G − G′‖: " + where.ko},
                 .x = {"step", "걸음"},
                 .y = {"length", "크기"},
                 .y_logarithmic = true};
    for (const Run& run : {batch.with("none"), batch}) {
        cosines.curves.push_back(curve(run, all.of_first_seed(run, "cosine " + layer), until));
        changes.curves.push_back(curve(run, all.of_first_seed(run, "change " + layer), until));
    }
    pictures.push_back(cosines), pictures.push_back(changes);
}

Evidence examine_real(Workbench& bench) {
    const Run batch{kReal, "batch", kRealRate}, noisy{kRealJolted, "batch", kRealRate}, none = batch.with("none");
    const Trainings all(bench, {none, batch, noisy}, [&](const Run& run) { return jolted(bench, run); });
    Evidence found{.checks = despite_noise(all, batch, noisy, {kRealRate}), .settings = vgg()};
    std::vector<std::vector<double>> gains;
    for (const std::string& layer : kLayers) {
        gains.push_back(all.difference(batch, none, "cosine " + layer, mean_of));
        draw_step(all, batch, layer, layer == kLayers[0] ? Words{"layer 3", "3층"} : Words{"layer 5", "5층"},
                  static_cast<double>(bench.steps(15000)), found.pictures);
    }
    found.checks.push_back(nowhere_better(gains));
    found.checks.push_back(
        control("still", {"change of a gradient when no layer moves", "아무 층도 움직이지 않을 때 기울기의 변화"},
                all.each(batch, "still", largest_of), at_most(0)));
    draw_noise(all, {none, batch, noisy}, found.pictures);
    return found;
}

Evidence examine_shift(Workbench& bench) {
    if (bench.real()) return examine_real(bench);
    const Run batch{kVgg, "batch", kRate}, none = batch.with("none"), noisy{kJolted, "batch", kRate},
                                           noisier{kJoltedMore, "batch", kRate}, noisy_none = noisy.with("none");
    std::vector<Run> kinds = {none, {kVgg, "none", 0.1}, {kVgg, "none", 0.03}, batch, noisy, noisier, noisy_none};
    for (const char* norm : {"none", "batch"}) {
        for (const Stepped& net : kSteppedNets)
            for (const double rate : net.rates) kinds.push_back({net.net, norm, rate});
        kinds.push_back({kLinear, norm, kLinearRate});
    }
    const Trainings all(bench, kinds, [&](const Run& run) {
        return run.net == kLinear                       ? stepped_linear(bench, run)
               : run.net == kStepped || run.net == kMlp ? stepped(bench, run)
                                                        : jolted(bench, run);
    });

    Evidence found{.checks = despite_noise(all, batch, noisy, {0.03, 0.1, kRate}), .settings = vgg6()};
    std::vector<std::vector<double>> gains;
    for (const Stepped& net : kSteppedNets)
        for (const double rate : net.rates)
            for (const std::string& layer : net.layers) {
                gains.push_back(
                    all.difference({net.net, "batch", rate}, {net.net, "none", rate}, "cosine " + layer, mean_of));
                const std::string number = layer == "7.weight" ? "3" : "5", at = text_of(rate);
                found.checks.push_back(
                    report("gain-" + number + "-" + at + (net.net == kMlp ? "-mlp" : ""), {24},
                           {"cos(G, G′), batch − none: " + net.net + ", layer " + number + ", rate " + at,
                            "cos(G, G′), 배치 정규화 − 없음: " + net.net + ", " + number + "층, 학습률 " + at},
                           gains.back()));
            }
    found.checks.push_back(nowhere_better(gains));
    std::ranges::move(in_linear_net(all), std::back_inserter(found.checks));
    found.checks.push_back(
        control("noisier",
                {"accuracy in training that four times the noise costs", "네 배의 잡음 때문에 잃은 학습 정확도"},
                all.difference(batch, noisier, "accuracy", mean_of), at_least(15))
            .in("points"));
    found.checks.push_back(
        report("noisy-none", {23},
               {"accuracy in training of the plain net with noise", "정규화 없는 망에 잡음을 넣은 학습 정확도"},
               all.each(noisy_none, "accuracy", mean_of))
            .in("%"));
    draw_noise(all, {none, batch, noisy, noisy_none}, found.pictures);
    draw_step(all, {kStepped, "batch", 0.1}, kLayers[1], {"VGG6, layer 5, rate 0.1", "VGG6, 5층, 학습률 0.1"},
              static_cast<double>(bench.steps(150)), found.pictures);
    draw_step(all, {kLinear, "batch", kLinearRate}, deep_linear_weight(9),
              {"deep linear net, layer 9", "깊은 선형망, 9층"}, static_cast<double>(bench.steps(1200)), found.pictures);
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
         "기울기는 여섯 층의 완전연결망과 깊은 선형망에서도 측정"},
    .refutation = {"noise that shifts a layer's inputs more than the plain net does, and takes batch norm's lead away",
                   "정규화 없는 망보다 입력을 더 크게 흔드는 잡음이 배치 정규화의 이점을 없애는 것"},
    .sources = {"Ioffe & Szegedy 2015, section 2", "Santurkar et al. 2018, figures 2 and 3, algorithm 1"},
    .real_data = "cifar10",
    .examine = examine_shift,
};

}  // namespace normlab
