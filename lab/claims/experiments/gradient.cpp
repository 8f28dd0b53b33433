// What batch norm does to the gradients of nets that learn.
// Theorem 4.1 of Santurkar et al. 2018: behind a layer with outputs y and gradients g of the plain net, of one unit,
//   ‖∇_y L̂‖² = (γ²/s²) (‖g‖² − ⟨1,g⟩²/m − ⟨ŷ,g⟩²/m)
// where both nets compute the same, that is, γ = s = √(σ² + ε) and β = μ.
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/gradients.h"
#include "lab/claims/workbench/inside.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"
#include "layers/batch_norm2d.h"
#include "layers/containers.h"

namespace normlab {
namespace {

const std::string kExact = R"({"type":"batch","eps":1e-10})";

// In VGG6, at its start and after 50 steps: the largest part of a gradient along 1 or x̂ in a channel before a norm.
Numbers parts_in_training(Workbench& bench, const Run& run, std::uint64_t seed) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = vgg6(), .norm = run.norm}, seed);
    const Batch batch = first_batches(images, 64, 1)[0];
    double largest = 0;
    const auto look = [&] {
        auto& row = dynamic_cast<Sequential&>(*net);
        for (std::size_t place = 1; place < row.size(); ++place) {
            if (row[place - 1].kind() != "Conv2d") continue;
            const Inside found = inside(*net, place, batch);
            for (Index c = 0; c < found.x.shape()[1]; ++c)
                if (const Parts parts = parts_of(found, c, 0); parts.square > 0)
                    largest = std::max({largest, std::abs(parts.along_one) / std::sqrt(parts.square),
                                        std::abs(parts.along_x) / std::sqrt(parts.square)});
        }
    };
    look();
    bench.train(*net, images, {.rate = run.rate, .steps = 50}, seed);
    look();
    return {{"part", {largest}}};
}

Evidence examine_real_gradients(Workbench& bench) {
    const Run exact{"VGG6", kExact, 0.1};
    const Trials tried(bench, {exact, exact.with("none")}, parts_in_training);
    return {.checks = {proof("parts", {30},
                             {"largest part of a real gradient along 1 or x̂, VGG6 with ε = 1e-10",
                              "실제 기울기의 1 또는 x̂ 방향 성분의 최대 비율, VGG6, ε = 1e-10"},
                             tried.of(exact, "part"), at_most(1e-4)),
                       control("parts-none", {"the same without norm", "정규화가 없을 때"},
                               tried.of(exact.with("none"), "part"), at_least(1e-2))}};
}

// Theorem 4.1, behind the second layer of a trained net without norms.
Numbers theorem(Workbench& bench, const Run& run, std::uint64_t seed) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = mlp(3, 100, "relu"), .norm = "none"}, seed);
    bench.train(*net, images, {.rate = run.rate, .steps = 300}, seed);
    const Batch batch = first_batches(images, 64, 1, seed + 100)[0];
    const std::size_t place = 5;  // what the second linear layer gives
    const Inside plain = inside(*net, place, batch);
    const Index units = plain.x.shape()[1];

    BatchNorm2d norm({.num_features = units});
    const double eps = norm.options.eps;
    Moments moments = moments_of(plain.x);
    for (double& variance : moments.variance) variance = std::sqrt(variance + eps);
    set_values(norm.weight, moments.variance), set_values(norm.bias, moments.mean);
    const Inside same = inside(*net, place, batch, &norm);
    Numbers found{{"outputs", {largest_difference(plain.output, same.output)}}};
    for (Index c = 0; c < units; ++c) {
        const Parts before = parts_of(plain, c, eps);
        if (before.square == 0) continue;  // a unit that is off
        found["ratio"].push_back(parts_of(same, c, eps).square / before.square);
        const double away = before.along_one * before.along_one + before.along_x * before.along_x;
        found["formula"].push_back(1 - away / before.square);
    }
    for (std::size_t i = 0; i < found["ratio"].size(); ++i)
        found["error"].push_back(std::abs(found["ratio"][i] - found["formula"][i]));
    for (const auto& [name, factor] : {std::pair{"grows small", 0.1}, {"grows", 1.0}, {"grows large", 10.0}}) {
        BatchNorm2d fresh({.num_features = units});
        const Inside without = inside(*net, place, batch, nullptr, factor),
                     with = inside(*net, place, batch, &fresh, factor);
        double grows = 0, alive = 0;
        for (Index c = 0; c < units; ++c) {
            const double square = parts_of(without, c, eps).square;
            alive += square > 0, grows += square > 0 && parts_of(with, c, eps).square > square;
        }
        found[name] = {grows / alive};
    }
    return found;
}

// The gradient at 0.01 W, by that at W, of the weights that a norm follows.
Numbers close_to_zero(Workbench& bench, const Run& run, std::uint64_t seed) {
    const auto net = make_net({.layers = mlp(3, 100, "relu", R"("bias":false)"), .norm = run.norm}, seed);
    const Batch batch = first_batches(bench.images("digits", 4000, 1000), 64, 1, seed)[0];
    Weights there = Weights::of(*net);
    for (const char* hidden : {"1.weight", "4.weight", "7.weight"}) {
        Tensor& weight = there.part(there.index_of(hidden));
        for (Index i = 0; i < weight.elements(); ++i) weight.mutable_data()[i] *= static_cast<Scalar>(0.01);
    }
    const Weights here = gradient_at(*net, batch).gradient, gradient = gradient_at(*net, there, batch).gradient;
    return {{"ratio", {length(gradient.part("4.weight")) / length(here.part("4.weight"))}}};
}

double above_one(const std::vector<double>& ratios) {
    return static_cast<double>(std::ranges::count_if(ratios, [](double ratio) { return ratio > 1 + 1e-4; }));
}

Evidence examine_theorem(Workbench& bench) {
    const Run run{"theorem", "none", 0.1}, zero{"close to zero", kExact, 0.1};
    const Trials tried(bench, {run}, theorem), at_zero(bench, {zero}, close_to_zero);
    const std::string source = "Santurkar et al. 2018, theorem 4.1";

    Evidence found;
    found.checks = {
        control("same-function",
                {"largest difference of the outputs when the norm with γ = √(σ²+ε), β = μ is put in",
                 "γ = √(σ²+ε), β = μ인 정규화를 끼웠을 때 출력의 최대 차이"},
                tried.of(run, "outputs"), at_most(1e-4)),
        proof("smaller", {27},
              {"units whose gradient is longer there than without the norm",
               "그때 기울기가 정규화 없을 때보다 커진 유닛의 수"},
              tried.of(run, "ratio", above_one), at_most(0))
            .from(source),
        proof("formula", {27}, {"largest error of the theorem's formula for it", "정리의 공식과의 최대 오차"},
              tried.of(run, "error", largest_of), at_most(1e-3))
            .from(source),
        report("mean-ratio", {27}, {"mean of that ratio over the units", "유닛 전체의 평균 비"},
               tried.of(run, "ratio", mean_of)),
        limit("grows-small", {27},
              {"share of the units whose gradient grows if γ = 1 and y is a tenth as large",
               "γ = 1이고 y가 1/10일 때 기울기가 커지는 유닛의 비율"},
              tried.of(run, "grows small"), at_least(0.95)),
        report("grows", {27}, {"the same for y as it is", "y가 그대로일 때"}, tried.of(run, "grows")),
        proof("grows-large", {29}, {"the same if y is ten times as large", "y가 10배일 때"},
              tried.of(run, "grows large"), at_most(0.25)),
        limit("close-to-zero", {27},
              {"gradient at 0.01 W, by that at W: there is no constant for all weights",
               "0.01 W에서의 기울기 / W에서의 기울기: 모든 가중치에 통하는 상수는 없음"},
              at_zero.of(zero, "ratio"), between(99, 101))
            .as_ratio()};
    Plot units{.title = {"‖∇L̂‖²/‖∇L‖² of each unit, in the order of size", "유닛별 ‖∇L̂‖²/‖∇L‖², 크기순"},
               .x = {"unit", "유닛"},
               .y = {"ratio", "비"},
               .lines = {{1, {"no change", "변화 없음"}}}};
    const auto sorted = [&](const char* what, Words name, int colour) {
        std::vector<double> ratios = tried.list(run, what);
        std::ranges::sort(ratios);
        return Plot::Curve{.name = std::move(name), .x = count_up(0, ratios.size()), .y = ratios, .colour = colour};
    };
    units.curves = {sorted("ratio", {"measured", "측정"}, colours::kBatch),
                    points(sorted("formula", {"by theorem 4.1", "정리 4.1"}, colours::kTheory))};
    found.pictures = {units};
    return found;
}

// How a norm trains, and what it gets in the end: |median| of each norm's inputs, the mean over the norms.
Numbers drift(Workbench& bench, const Run& run, std::uint64_t seed) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = mlp(3, 100, "relu"), .norm = run.norm}, seed);
    const Batch batch = first_batches(images, 64, 1)[0];
    Numbers found;
    const Training training =
        bench.train(*net, images, {.rate = run.rate, .steps = 200}, seed, [&](Index step, const Batch&) {
            if (step % 20 != 0) return;
            const TrainMode untouched(*net);
            double median = 0;
            for (const HeardInput& each : inputs_of(*net, batch.images, is_norm))
                median += std::abs(quantile({each.input.data(), each.input.data() + each.input.elements()}, 0.5)) / 3;
            found["step"].push_back(static_cast<double>(step)), found["median"].push_back(median);
        });
    found["drift"] = {training.diverged ? INFINITY : mean_of(found["median"])};
    found["accuracy"] = {100 * (training.diverged ? kGuessing : training.mean_accuracy(20))};
    return found;
}

Evidence examine_drift(Workbench& bench) {
    const Run batch{"drift", "batch", 0.1},
        constants = batch.with(R"({"type":"batch","use_batch_stats":false,"momentum":1})");
    const Trials tried(bench, {batch, constants}, drift);
    BatchNorm2d fresh({.num_features = 16});
    const auto learned = static_cast<double>(count_parameters(fresh));

    Evidence found{.settings = mlp(3, 100, "relu")};
    found.checks = {proof("learned", {6},
                          {"numbers that a norm of 16 channels learns: γ and β", "16채널 정규화가 학습하는 수: γ와 β"},
                          {learned}, between(32, 32)),
                    proof("drift", {6},
                          {"mean |median| of what norms get in 200 steps, statistics as constants / batch norm",
                           "200걸음 동안 정규화 입력의 평균 |중앙값|, 통계를 상수로 볼 때 / 배치 정규화"},
                          tried.ratio(constants, batch, "drift"), at_least(5))
                        .as_ratio()
                        .from("Ioffe & Szegedy 2015, section 2"),
                    proof("drift-accuracy", {6},
                          {"accuracy in training, batch norm − statistics as constants",
                           "학습 정확도, 배치 정규화 − 통계를 상수로 볼 때"},
                          tried.difference(batch, constants, "accuracy"), at_least(0))
                        .in("points")};
    Plot drifting{.title = {"|median| of what the norms get", "정규화 입력의 |중앙값|"},
                  .x = {"step", "걸음"},
                  .y = {"|median|", "|중앙값|"}};
    drifting.curves = {
        tried.path(batch, "step", "median", title_of("batch"), colours::kBatch),
        tried.path(constants, "step", "median", {"statistics as constants", "통계를 상수로"}, colours::kOther)};
    found.pictures = {drifting};
    return found;
}

}  // namespace

const Claim kGradient = {
    .name = "gradient",
    .question = {"What does batch norm do to a gradient?", "기울기에는 무슨 일이 생기나요?"},
    .statements = {6, 27, 28, 29, 30},
    .seconds = 5,
    .seeds = 5,
    .setting = {"a channel of 16 made-up values; VGG6 on drawn digits at its start and after 50 steps; three dense "
                "layers of 100 units after 300 steps, with a norm put behind the second",
                "임의의 값 16개인 채널. 그려진 숫자로 학습을 시작할 때와 50걸음 뒤의 VGG6. 300걸음 학습한 100유닛 "
                "완전연결 세 층의 두 번째 층 뒤에 정규화를 끼움"},
    .refutation =
        {"a Jacobian that differs from the formula, or a unit whose gradient grows although both nets compute the same",
         "공식과 다른 자코비안, 또는 두 망이 같은 함수인데도 기울기가 커지는 유닛"},
    .sources = {"Ioffe & Szegedy 2015, sections 2 and 3", "Santurkar et al. 2018, theorem 4.1 and observation 4.3"},
    .real_data = nullptr,
    .examine = {jacobian_of_a_channel, examine_real_gradients, examine_theorem, examine_drift},
    .formulas = {{frac("∂ y", "∂ x"), "=", frac("γ", "s"), "(", "I −", frac("1 1^T", "m"), "−", frac("x̂ x̂^T", "m"),
                  ")"},
                 {"s =", root("σ^2 + ε")},
                 {power("‖ ∇ L̂ ‖", "2"), "=", frac("γ^2", "s^2"), "(", power("‖ g ‖", "2"), "−",
                  frac(power("⟨ 1 , g ⟩", "2"), "m"), "−", frac(power("⟨ ŷ , g ⟩", "2"), "m"), ")"}},
};

}  // namespace normlab
