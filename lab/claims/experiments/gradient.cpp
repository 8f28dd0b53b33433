// What batch norm does to a gradient. For one channel of m values, with s = √(σ² + ε) and x̂ = (x − μ)/s,
//   ∂y/∂x = (γ/s) (I − 11ᵀ/m − x̂x̂ᵀ/m)
// so nothing is left of a gradient along 1, and along x̂ no more than ε/(σ² + ε) of it.
// Theorem 4.1 of Santurkar et al. 2018: behind a layer with outputs y and gradients g of the plain net, of one unit,
//   ‖∇_y L̂‖² = (γ²/s²) (‖g‖² − ⟨1,g⟩²/m − ⟨ŷ,g⟩²/m)
// where both nets compute the same, that is, γ = s and β = μ.
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/gradients.h"
#include "lab/claims/workbench/inside.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trainings.h"
#include "lab/model/evaluation.h"
#include "layers/batch_norm2d.h"
#include "layers/containers.h"

namespace normlab {
namespace {

constexpr Index kValues = 16;  // of the channel whose Jacobian is measured
constexpr double kGamma = 1.5;

void set(Var& parameter, const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        parameter.mutable_value().mutable_data()[i] = static_cast<Scalar>(values[i]);
}

// The gradient of ⟨dy, norm(x)⟩ with respect to x.
Tensor pulled_back(Module& norm, const Tensor& x, const Tensor& dy) {
    Var input = Var::parameter(x.clone());
    Tape tape;
    tape.backward(norm(input), dy);
    return input.grad();
}

struct Jacobian {
    std::vector<double> measured, formula;  // row by row
    double error() const {
        double largest = 0;
        for (std::size_t i = 0; i < measured.size(); ++i)
            largest = std::max(largest, std::abs(measured[i] - formula[i]));
        return largest;
    }
};
Jacobian jacobian(double eps, const Tensor& x) {
    BatchNorm2d norm({.num_features = 1, .eps = eps});
    set(norm.weight, {kGamma});
    const Moments of_x = moments_of(x);
    const double s = std::sqrt(of_x.variance[0] + eps), m = kValues;
    Jacobian found;
    for (Index i = 0; i < kValues; ++i) {
        Tensor dy = Tensor::zeros(x.shape());
        dy.mutable_data()[i] = 1;
        const Tensor row = pulled_back(norm, x, dy);
        for (Index j = 0; j < kValues; ++j) {
            const double hat_i = (x.data()[i] - of_x.mean[0]) / s, hat_j = (x.data()[j] - of_x.mean[0]) / s;
            found.measured.push_back(row.data()[j]);
            found.formula.push_back(kGamma / s * ((i == j ? 1 : 0) - 1 / m - hat_i * hat_j / m));
        }
    }
    return found;
}

Map map_of(const Words& title, const std::vector<double>& values) {
    Map map{.title = title, .row_title = {"output", "출력"}, .column_title = {"input", "입력"}, .values = values};
    for (Index i = 0; i < kValues; ++i) map.rows.push_back(std::to_string(i));
    map.columns = map.rows;
    return map;
}

// How much a direction is shortened: ‖J v‖/‖v‖, by γ/s.
double kept(double eps, const Tensor& x, const Tensor& direction) {
    BatchNorm2d norm({.num_features = 1, .eps = eps});
    const double s = std::sqrt(moments_of(x).variance[0] + eps);
    return length(pulled_back(norm, x, direction)) / length(direction) * s;
}

std::vector<Check> of_one_channel(std::vector<Picture>& pictures) {
    const Tensor x = noise({kValues, 1, 1, 1}, 1, 2, 0.7);
    const Jacobian usual = jacobian(1e-5, x), large = jacobian(0.5, x);
    std::vector<double> difference = usual.measured;
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= usual.formula[i];
    pictures = {map_of({"The Jacobian of batch norm, measured", "측정한 배치 정규화의 자코비안"}, usual.measured),
                map_of({"By the formula", "공식"}, usual.formula), map_of({"The difference", "차이"}, difference)};

    const Moments of_x = moments_of(x);
    Tensor along = x.clone();
    for (Index i = 0; i < kValues; ++i) along.mutable_data()[i] -= static_cast<Scalar>(of_x.mean[0]);
    const Tensor ones = Tensor::full(x.shape(), 1);
    Tensor other = noise(x.shape(), 2);  // without its parts along the two
    const double by_ones = dot(other, ones) / dot(ones, ones), by_along = dot(other, along) / dot(along, along);
    for (Index i = 0; i < kValues; ++i)
        other.mutable_data()[i] -= static_cast<Scalar>(by_ones + by_along * along.data()[i]);
    const double of_eps = 0.5 / (of_x.variance[0] + 0.5);

    double drift = 0;  // of ‖∂L/∂x‖·k
    BatchNorm2d norm({.num_features = 1, .eps = 1e-10});
    const Tensor dy = noise(x.shape(), 3);
    const double whole = length(pulled_back(norm, x, dy));
    for (const double k : {0.1, 0.3, 3.0, 10.0}) {
        Tensor scaled = x.clone();
        for (Index i = 0; i < kValues; ++i) scaled.mutable_data()[i] *= static_cast<Scalar>(k);
        drift = std::max(drift, std::abs(k * length(pulled_back(norm, scaled, dy)) / whole - 1));
    }
    return {
        proof("jacobian", {28}, {"largest error of the formula for the Jacobian", "자코비안 공식의 최대 오차"},
              {usual.error()}, at_most(1e-5)),
        proof("jacobian-large-epsilon", {28}, {"the same with ε = 0.5", "ε = 0.5일 때"}, {large.error()},
              at_most(1e-5)),
        proof("along-one", {28, 30}, {"what is left of a gradient along 1", "1 방향 기울기에서 남는 비율"},
              {kept(1e-5, x, ones)}, at_most(1e-5)),
        proof("along-x", {28, 30},
              {"what is left of a gradient along x̂, with ε = 0", "x̂ 방향 기울기에서 남는 비율, ε = 0"},
              {kept(0, x, along)}, at_most(1e-5)),
        proof("along-x-epsilon", {28}, {"the same with ε = 0.5, by ε/(σ² + ε)", "ε = 0.5일 때, ε/(σ² + ε)로 나눈 값"},
              {kept(0.5, x, along) / of_eps}, between(1 - 1e-4, 1 + 1e-4)),
        proof("elsewhere", {28},
              {"what is left of a gradient in another direction", "다른 방향의 기울기에서 남는 비율"},
              {kept(1e-5, x, other)}, between(1 - 1e-4, 1 + 1e-4)),
        proof("inverse", {29},
              {"largest change of k·‖∂L/∂x‖ when x becomes k x, k from 0.1 to 10",
               "x를 k배(0.1~10) 할 때 k·‖∂L/∂x‖의 최대 변화"},
              {drift}, at_most(1e-3))};
}

// In VGG6, at its start and after 50 steps: the largest part of a gradient along 1 or x̂ in a channel before a norm.
Numbers parts_in_training(Workbench& bench, const Run& run) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = vgg6(), .norm = run.norm}, run.seed);
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
    bench.train(*net, images, {.rate = run.rate, .steps = 50}, run.seed);
    look();
    return {{"part", {largest}}};
}

// Theorem 4.1, behind the second layer of a trained net without norms.
Numbers theorem(Workbench& bench, const Run& run) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = mlp(3, 100, "relu"), .norm = "none"}, run.seed);
    bench.train(*net, images, {.rate = run.rate, .steps = 300}, run.seed);
    const Batch batch = first_batches(images, 64, 1, run.seed + 100)[0];
    const std::size_t place = 5;  // what the second linear layer gives
    const Inside plain = inside(*net, place, batch);
    const Index units = plain.x.shape()[1];

    BatchNorm2d norm({.num_features = units});
    const double eps = norm.options.eps;
    Moments moments = moments_of(plain.x);
    for (double& variance : moments.variance) variance = std::sqrt(variance + eps);
    set(norm.weight, moments.variance), set(norm.bias, moments.mean);
    const Inside same = inside(*net, place, batch, &norm);
    Numbers found{{"outputs", {largest_difference(plain.output, same.output)}}};
    for (Index c = 0; c < units; ++c) {
        const Parts before = parts_of(plain, c, eps);
        if (before.square == 0) continue;  // a unit that is off
        found["ratio"].push_back(parts_of(same, c, eps).square / before.square);
        found["formula"].push_back(1 - (before.along_one * before.along_one + before.along_x * before.along_x) /
                                           before.square);
    }
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

// How a norm trains, and what it gets in the end: |median| of each norm's inputs, the mean over the norms.
Numbers drift(Workbench& bench, const Run& run) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = mlp(3, 100, "relu"), .norm = run.norm}, run.seed);
    const Batch batch = first_batches(images, 64, 1)[0];
    Numbers found;
    const Training training =
        bench.train(*net, images, {.rate = run.rate, .steps = 200}, run.seed, [&](Index step, const Batch&) {
            if (step % 20 != 0) return;
            const TrainMode untouched(*net);
            double median = 0;
            for (const HeardInput& each :
                 inputs_of(*net, batch.images, [](const Module& module) { return module.is_norm(); }))
                median += std::abs(quantile({each.input.data(), each.input.data() + each.input.elements()}, 0.5)) / 3;
            found["step"].push_back(static_cast<double>(step)), found["median"].push_back(median);
        });
    found["accuracy"] = {training.diverged ? 10 : 100 * training.mean_accuracy(20)};
    return found;
}

// The gradient at 0.01 W, by that at W, of the weights that a norm follows.
Numbers close_to_zero(Workbench& bench, const Run& run) {
    const auto net = make_net({.layers = mlp(3, 100, "relu", R"("bias":false)"), .norm = run.norm}, run.seed);
    const Batch batch = first_batches(bench.images("digits", 4000, 1000), 64, 1, run.seed)[0];
    Weights there = Weights::of(*net);
    for (const char* hidden : {"1.weight", "4.weight", "7.weight"}) {
        Tensor& weight = there.part(there.index_of(hidden));
        for (Index i = 0; i < weight.elements(); ++i) weight.mutable_data()[i] *= static_cast<Scalar>(0.01);
    }
    const Weights here = gradient_at(*net, batch).gradient, gradient = gradient_at(*net, there, batch).gradient;
    return {{"ratio", {length(gradient.part("4.weight")) / length(here.part("4.weight"))}}};
}

double largest_error(const std::vector<double>& a, const std::vector<double>& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

double above_one(const std::vector<double>& ratios) {
    return static_cast<double>(std::ranges::count_if(ratios, [](double ratio) { return ratio > 1 + 1e-4; }));
}

Evidence examine_gradient(Workbench& bench) {
    const std::string exact = R"({"type":"batch","eps":1e-10})",
                      constants = R"({"type":"batch","use_batch_stats":false,"momentum":1})";
    const Run parts{"VGG6", exact, 0.1}, trained{"theorem", "none", 0.1}, zero{"close to zero", exact, 0.1},
        batch{"drift", "batch", 0.1};
    const Trainings all(bench, {parts, parts.with("none"), trained, zero, batch, batch.with(constants)},
                        [&](const Run& run) {
                            if (run.net == parts.net) return parts_in_training(bench, run);
                            if (run.net == trained.net) return theorem(bench, run);
                            return run.net == zero.net ? close_to_zero(bench, run) : drift(bench, run);
                        });
    std::vector<double> errors;
    for (Run run = trained; const std::uint64_t seed : bench.seeds())
        run.seed = seed, errors.push_back(largest_error(all.of(run, "ratio"), all.of(run, "formula")));
    BatchNorm2d fresh({.num_features = 16});
    const auto learned = static_cast<double>(count_parameters(fresh));

    Evidence found{.settings = mlp(3, 100, "relu")};
    found.checks = of_one_channel(found.pictures);
    const std::string theorem_4_1 = "Santurkar et al. 2018, theorem 4.1";
    std::ranges::move(
        std::vector<Check>{
            proof("parts", {30},
                  {"largest part of a real gradient along 1 or x̂, VGG6 with ε = 1e-10",
                   "실제 기울기의 1 또는 x̂ 방향 성분의 최대 비율, VGG6, ε = 1e-10"},
                  all.each(parts, "part", last_of), at_most(1e-4)),
            control("parts-none", {"the same without norm", "정규화가 없을 때"},
                    all.each(parts.with("none"), "part", last_of), at_least(1e-2)),
            control("same-function",
                    {"largest difference of the outputs when the norm with γ = √(σ²+ε), β = μ is put in",
                     "γ = √(σ²+ε), β = μ인 정규화를 끼웠을 때 출력의 최대 차이"},
                    all.each(trained, "outputs", largest_of), at_most(1e-4)),
            proof("smaller", {27},
                  {"units whose gradient is longer there than without the norm",
                   "그때 기울기가 정규화 없을 때보다 커진 유닛의 수"},
                  all.each(trained, "ratio", above_one), at_most(0))
                .from(theorem_4_1),
            proof("formula", {27}, {"largest error of the theorem's formula for it", "정리의 공식과의 최대 오차"},
                  errors, at_most(1e-3))
                .from(theorem_4_1),
            report("mean-ratio", {27}, {"mean of that ratio over the units", "유닛 전체의 평균 비"},
                   all.each(trained, "ratio", mean_of)),
            limit("grows-small", {27},
                  {"share of the units whose gradient grows if γ = 1 and y is a tenth as large",
                   "γ = 1이고 y가 1/10일 때 기울기가 커지는 유닛의 비율"},
                  all.each(trained, "grows small", mean_of), at_least(0.95)),
            report("grows", {27}, {"the same for y as it is", "y가 그대로일 때"}, all.each(trained, "grows", mean_of)),
            proof("grows-large", {29}, {"the same if y is ten times as large", "y가 10배일 때"},
                  all.each(trained, "grows large", mean_of), at_most(0.25)),
            limit("close-to-zero", {27},
                  {"gradient at 0.01 W, by that at W: there is no constant for all weights",
                   "0.01 W에서의 기울기 / W에서의 기울기: 모든 가중치에 통하는 상수는 없음"},
                  all.each(zero, "ratio", mean_of), between(99, 101))
                .as_ratio(),
            proof("learned", {6},
                  {"numbers that a norm of 16 channels learns: γ and β", "16채널 정규화가 학습하는 수: γ와 β"},
                  {learned}, between(32, 32)),
            proof("drift", {6},
                  {"mean |median| of what norms get in 200 steps, statistics as constants / batch norm",
                   "200걸음 동안 정규화 입력의 평균 |중앙값|, 통계를 상수로 볼 때 / 배치 정규화"},
                  all.ratio(batch.with(constants), batch, "median", mean_of), at_least(5))
                .as_ratio()
                .from("Ioffe & Szegedy 2015, section 2"),
            proof("drift-accuracy", {6},
                  {"accuracy in training, batch norm − statistics as constants",
                   "학습 정확도, 배치 정규화 − 통계를 상수로 볼 때"},
                  all.difference(batch, batch.with(constants), "accuracy", mean_of), at_least(0))
                .in("points")},
        std::back_inserter(found.checks));

    Plot units{.title = {"‖∇L̂‖²/‖∇L‖² of each unit, in the order of size", "유닛별 ‖∇L̂‖²/‖∇L‖², 크기순"},
               .x = {"unit", "유닛"},
               .y = {"ratio", "비"},
               .lines = {{1, {"no change", "변화 없음"}}}};
    for (const char* what : {"ratio", "formula"}) {
        const bool measured = what == std::string("ratio");
        Plot::Curve line{.name = measured ? Words{"measured", "측정"} : Words{"by theorem 4.1", "정리 4.1"},
                         .y = all.of_first_seed(trained, what),
                         .colour = measured ? colours::kBatch : colours::kTheory,
                         .style = measured ? Plot::Curve::Style::line : Plot::Curve::Style::points};
        std::ranges::sort(line.y);
        for (std::size_t i = 0; i < line.y.size(); ++i) line.x.push_back(static_cast<double>(i));
        units.curves.push_back(std::move(line));
    }
    Plot drifting{.title = {"|median| of what the norms get", "정규화 입력의 |중앙값|"},
                  .x = {"step", "걸음"},
                  .y = {"|median|", "|중앙값|"}};
    for (const Run& run : {batch, batch.with(constants)})
        drifting.curves.push_back({.name = run.norm == "batch" ? Words{"batch", "배치 정규화"}
                                                               : Words{"statistics as constants", "통계를 상수로"},
                                   .x = all.of_first_seed(run, "step"),
                                   .y = all.of_first_seed(run, "median"),
                                   .colour = run.norm == "batch" ? colours::kBatch : colours::kOther});
    found.pictures.push_back(units), found.pictures.push_back(drifting);
    return found;
}

}  // namespace

const Claim kGradient = {
    .name = "gradient",
    .question = {"What does batch norm do to a gradient?", "기울기에는 무슨 일이 생기나요?"},
    .statements = {6, 27, 28, 29, 30},
    .seconds = 5,
    .seeds = 3,
    .setting = {"a channel of 16 made-up values; VGG6 on drawn digits at its start and after 50 steps; three dense "
                "layers of 100 units after 300 steps, with a norm put behind the second",
                "임의의 값 16개인 채널. 그려진 숫자로 학습을 시작할 때와 50걸음 뒤의 VGG6. 300걸음 학습한 100유닛 "
                "완전연결 세 층의 두 번째 층 뒤에 정규화를 끼움"},
    .refutation =
        {"a Jacobian that differs from the formula, or a unit whose gradient grows although both nets compute the same",
         "공식과 다른 자코비안, 또는 두 망이 같은 함수인데도 기울기가 커지는 유닛"},
    .sources = {"Ioffe & Szegedy 2015, sections 2 and 3", "Santurkar et al. 2018, theorem 4.1 and observation 4.3"},
    .real_data = nullptr,
    .examine = examine_gradient,
};

}  // namespace normlab
