// Why batch norm normalizes, only to scale and shift again: what γ and β are for.
#include "lab/claims/experiments/affine.h"

#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/weights.h"
#include "layers/batch_norm2d.h"

namespace normlab {
namespace {

using Values = std::vector<double>;

// Of an untrained MLP whose norms all have this γ, once for each seed.
Values linearity_at_start(Workbench& bench, const std::string& activation, const std::string& kind, double gamma) {
    const Tensor images = first_batches(bench.images("digits", 4000, 1000), 200, 1)[0].images;
    Values found;
    for (const std::uint64_t seed : bench.seeds()) {
        const auto net = make_net({.layers = mlp(3, 100, activation)}, seed);
        for (const NamedModule& each : modules(*net))
            if (auto* norm = dynamic_cast<BatchNorm2d*>(each.module)) set_values(norm->weight, Values(100, gamma));
        found.push_back(linearity(*net, images, kind));
    }
    return found;
}

// ‖y − x‖/‖x‖ of a norm with γ = √(σ² + ε) and β = μ.
double restored() {
    const Tensor x = noise({64, 16, 8, 8}, 1, 5, 3);
    BatchNorm2d norm({.num_features = 16});
    Moments of_x = moments_of(x);
    for (double& variance : of_x.variance) variance = std::sqrt(variance + norm.options.eps);
    set_values(norm.weight, of_x.variance), set_values(norm.bias, of_x.mean);
    return distance(norm(x).value(), x) / length(x);
}

double mean_distance_from_1(const Values& values) {
    double sum = 0;
    for (const double value : values) sum += std::abs(value - 1);
    return sum / static_cast<double>(values.size());
}

// The sigmoid, its best line at the start, and where its inputs lie before and after training.
Picture sigmoid_and_inputs(const Trials& runs) {
    Plot plot{.title = {"The sigmoid and its inputs", "시그모이드와 그 입력"},
              .x = {"input", "입력"},
              .y = {"output; share of inputs", "출력, 입력의 비율"}};
    const Values at = histogram({}, -6, 6, kBins).at;
    Values sigmoid;
    for (const double x : at) sigmoid.push_back(1 / (1 + std::exp(-x)));
    const auto shares = [&](std::size_t look) {
        const auto first = runs.list(sigmoids(), "inputs").begin() + static_cast<std::ptrdiff_t>(kBins * look);
        return Values(first, first + kBins);
    };
    plot.curves = {
        {.name = {"sigmoid", "시그모이드"}, .x = at, .y = sigmoid, .colour = colours::kOther},
        theory({"line of slope 0.2", "기울기 0.2인 직선"}, {-2.5, 2.5}, {0, 1}),
        bars({"inputs at γ = 1", "γ = 1일 때의 입력"}, {at, shares(0)}, colours::kNone),
        bars({"inputs with the learned γ and β", "학습된 γ, β에서의 입력"}, {at, shares(1)}, colours::kBatch)};
    return plot;
}

Evidence examine_affine(Workbench& bench) {
    const Trials runs(bench, {sigmoids(), sigmoids_without(), straight(), relus(), relus_without()}, train_affine);
    const Values sigmoid_gain = runs.difference(sigmoids(), sigmoids_without(), "accuracy"),
                 relu_gain = runs.difference(relus(), relus_without(), "accuracy");

    Evidence found;
    found.checks = {
        proof("restored", {45},
              {"‖y − x‖/‖x‖ of a norm with γ = √(σ² + ε) and β = μ", "γ = √(σ² + ε), β = μ일 때 ‖y − x‖/‖x‖"},
              {restored()}, at_most(1e-5)),
        proof("sigmoid-linear", {39},
              {"share of a sigmoid's variance that a line explains behind a new norm",
               "새 정규화 뒤에서 직선이 설명하는 시그모이드 분산의 비율"},
              runs.of(sigmoids(), "linearity"), at_least(0.97))
            .from("N(0, 1): 0.984"),
        control("tanh-linear", {"the same of tanh", "같은 비율, tanh"}, linearity_at_start(bench, "tanh", "Tanh", 1),
                between(0.91, 0.95)),
        control("relu-linear", {"the same of ReLU", "같은 비율, ReLU"}, runs.of(relus(), "linearity"),
                between(0.70, 0.76)),
        control("gamma-4", {"the same of the sigmoid with γ = 4", "같은 비율, γ = 4인 시그모이드"},
                linearity_at_start(bench, "sigmoid", "Sigmoid", 4), at_most(0.9)),
        proof("sigmoid-gain", {40},
              {"accuracy that γ and β are worth to an MLP of sigmoids", "시그모이드 MLP에서 γ와 β가 올리는 정확도"},
              sigmoid_gain, at_least(4))
            .in("points"),
        limit("no-line", {40},
              {"accuracy of the sigmoids without γ and β above the same net without sigmoids",
               "γ와 β 없는 시그모이드 망의 정확도 − 시그모이드도 없는 망의 정확도"},
              runs.difference(sigmoids_without(), straight(), "accuracy"), at_least(3))
            .in("points"),
        control("relu-gain",
                {"accuracy that γ and β are worth to an MLP of ReLUs", "ReLU MLP에서 γ와 β가 올리는 정확도"}, relu_gain,
                at_most(3))
            .in("points"),
        control("less-than-half", {"that gain by the sigmoids'", "그 값 / 시그모이드 망의 값"},
                over(relu_gain, sigmoid_gain), at_most(0.5)),
        proof("less-linear", {41}, {"the line's share falls in training by", "학습하는 동안 직선의 비율이 줄어든 양"},
              minus(runs.of(sigmoids(), "linearity"), runs.of(sigmoids(), "linearity", 1)), at_least(0.02)),
        proof("gamma-moves", {41}, {"mean |γ − 1| in the end", "학습 뒤 |γ − 1|의 평균"},
              runs.of(sigmoids(), "γ", mean_distance_from_1), at_least(0.1)),
        report("accuracy", {40}, {"accuracy of the MLP of sigmoids", "시그모이드 MLP의 정확도"},
               runs.of(sigmoids(), "accuracy"))
            .in("%"),
    };
    found.pictures = {sigmoid_and_inputs(runs),
                      learned(runs, sigmoids(), {"MLP of sigmoids", "시그모이드 MLP"}, "γ", {0, 1, 2}, 0, 6)};
    return found;
}

}  // namespace

const Claim kAffine = {
    .name = "affine",
    .question = {"Why normalize, only to scale and shift again?", "왜 모아 놓고 다시 흩뿌리나요?"},
    .statements = {39, 40, 41, 42, 43, 44, 45},
    .seconds = 60,
    .seeds = 3,
    .setting = {"an MLP of three hidden layers of 100, 2000 steps at rate 1 on 12,000 drawn digits, and VGG6, 248 "
                "steps at rate 0.2 on 4000; with γ and β, or without one or both",
                "100개씩 은닉층 셋인 MLP를 그려진 숫자 12,000장에서 학습률 1로 2000걸음, VGG6를 4000장에서 학습률 "
                "0.2로 248걸음 학습. γ와 β가 있거나, 하나나 둘이 없음"},
    .refutation = {"sigmoids that do without γ and β as well as with them, or a VGG6 that loses much without β",
                   "γ와 β 없이도 똑같이 잘하는 시그모이드 망, 또는 β가 없으면 크게 나빠지는 VGG6"},
    .sources = {"Ioffe & Szegedy 2015, section 3", "Frankle, Schwab & Morcos 2021"},
    .real_data = nullptr,
    .examine = {examine_affine, examine_shift_before_relu},
    .formulas = {{"γ =", root("σ^2 + ε"), ",", "β = μ", "→", "y = x"}},
};

}  // namespace normlab
