// Why batch norm normalizes, only to scale and shift again: what γ and β are for.
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/fit.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "lab/claims/workbench/weights.h"
#include "lab/model/evaluation.h"
#include "lab/text/statistics.h"
#include "layers/batch_norm2d.h"

namespace normlab {
namespace {

using Values = std::vector<double>;

struct Case {
    const char *name, *activation;
    NetPlan plan;
};
enum { kSigmoid, kSigmoidOff, kLinear, kRelu, kReluOff, kConv, kConvNoShift, kConvOff };
const std::vector<Case>& cases() {
    static const std::string off = R"({"type":"batch","scale":false,"center":false})",
                             no_shift = R"({"type":"batch","center":false})";
    static const std::vector<Case> all = {
        {"MLP, sigmoid", "Sigmoid", {.layers = mlp(3, 100, "sigmoid")}},
        {"MLP, sigmoid, no γ and β", "Sigmoid", {.layers = mlp(3, 100, "sigmoid"), .norm = off}},
        {"MLP, no activation, no γ and β", "Identity", {.layers = mlp(3, 100, "identity"), .norm = off}},
        {"MLP, ReLU", "ReLU", {.layers = mlp(3, 100, "relu")}},
        {"MLP, ReLU, no γ and β", "ReLU", {.layers = mlp(3, 100, "relu"), .norm = off}},
        {"VGG6", "ReLU", {.layers = vgg6()}},
        {"VGG6, no β", "ReLU", {.layers = vgg6(), .norm = no_shift}},
        {"VGG6, no γ and β", "ReLU", {.layers = vgg6(), .norm = off}},
    };
    return all;
}

std::vector<HeardInput> activation_inputs(Module& net, const Tensor& images, const std::string& activation) {
    const TrainMode mode(net);
    return inputs_of(net, images, [&](const Module& module) { return module.kind() == activation; });
}

// The share of an activation's variance that the best line through its inputs explains: 1 for a straight line. The mean
// over all units.
double linearity(const std::vector<HeardInput>& inputs) {
    double sum = 0, units = 0;
    for (const auto& [activation, input] : inputs) {
        const Tensor output = (*activation)(input).value();
        for (Index c = 0; c < input.shape()[1]; ++c, ++units)
            sum += line_through(channel_values(input, c), channel_values(output, c)).explained;
    }
    return sum / units;
}

Values all_values(const std::vector<HeardInput>& inputs) {
    Values all;
    for (const HeardInput& each : inputs)
        all.insert(all.end(), each.input.data(), each.input.data() + each.input.elements());
    return all;
}

double share_positive(const Values& values) {
    const auto positive = std::ranges::count_if(values, [](double value) { return value > 0; });
    return static_cast<double>(positive) / static_cast<double>(values.size());
}

std::vector<BatchNorm2d*> norms(Module& net) {
    std::vector<BatchNorm2d*> all;
    for (const NamedModule& each : modules(net))
        if (auto* norm = dynamic_cast<BatchNorm2d*>(each.module)) all.push_back(norm);
    return all;
}

Values numbers_of(const Var& parameter) {
    if (!parameter.defined()) return {};
    const Tensor& value = parameter.value();
    return Values(value.data(), value.data() + value.elements());
}

Numbers measure(Workbench& bench, std::size_t at, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", at >= kConv ? 4000 : 12'000, 1000);
    const Case& tried = cases()[at];
    const auto net = make_net(tried.plan, seed);
    const Tensor images = first_batches(digits, 200, 1)[0].images;
    Numbers found;
    const auto look = [&] {
        const std::vector<HeardInput> inputs = activation_inputs(*net, images, tried.activation);
        found["linearity"].push_back(linearity(inputs));
        found["positive"].push_back(share_positive(all_values(inputs)));
        const Values shares = histogram(all_values(inputs), -6, 6, 48).share;
        found["inputs"].insert(found["inputs"].end(), shares.begin(), shares.end());
    };
    look();
    const Recipe recipe = at >= kConv ? Recipe{.rate = 0.2, .steps = 248} : Recipe{.rate = 1, .steps = 2000};
    const Index steps = bench.steps(recipe.steps), every = std::max(steps / 100, Index{1});
    Values accuracies;  // at a constant rate it never rests: the mean over the last tenth of the steps counts
    bench.train(*net, digits, recipe, seed, [&](Index step, const Batch&) {
        if (step >= steps - steps / 10 && step % every == 0) accuracies.push_back(100 * test_accuracy(*net, digits));
    });
    accuracies.push_back(100 * test_accuracy(*net, digits));
    found["accuracy"] = {sample_of(accuracies).mean};
    look();
    int layer = 0;
    for (const BatchNorm2d* norm : norms(*net)) {
        for (const auto& [name_of, parameter] : {std::pair{"γ", norm->weight}, std::pair{"β", norm->bias}}) {
            const Values values = numbers_of(parameter);
            found[std::string(name_of) + " " + std::to_string(layer)] = values;
            found[name_of].insert(found[name_of].end(), values.begin(), values.end());
        }
        ++layer;
    }
    return found;
}

// Of an untrained MLP whose norms all have this γ, once for each seed.
Values linearity_at_start(Workbench& bench, const std::string& activation, const std::string& kind, double gamma) {
    const Tensor images = first_batches(bench.images("digits", 4000, 1000), 200, 1)[0].images;
    Values found;
    for (const std::uint64_t seed : bench.seeds()) {
        const auto net = make_net({.layers = mlp(3, 100, activation)}, seed);
        for (BatchNorm2d* norm : norms(*net))
            norm->weight.mutable_value().copy_from(Tensor::full({100}, static_cast<Scalar>(gamma)));
        found.push_back(linearity(activation_inputs(*net, images, kind)));
    }
    return found;
}

// ‖y − x‖/‖x‖ of a norm with γ = √(σ² + ε) and β = μ.
double restored() {
    const Tensor x = noise({64, 16, 8, 8}, 1, 5, 3);
    BatchNorm2d norm({.num_features = 16});
    const Moments of_x = moments_of(x);
    for (std::size_t c = 0; c < 16; ++c) {
        norm.weight.mutable_value().mutable_data()[c] =
            static_cast<Scalar>(std::sqrt(of_x.variance[c] + norm.options.eps));
        norm.bias.mutable_value().mutable_data()[c] = static_cast<Scalar>(of_x.mean[c]);
    }
    return distance(norm(x).value(), x) / length(x);
}

template <class Of>
Values for_each_seed(Workbench& bench, const Of& of) {
    Values found;
    for (std::size_t seed = 0; seed < bench.seeds().size(); ++seed) found.push_back(of(seed));
    return found;
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
    const Values at = histogram({}, -6, 6, 48).at;
    Values sigmoid;
    for (const double x : at) sigmoid.push_back(1 / (1 + std::exp(-x)));
    const auto shares = [&](std::size_t look) {
        const auto first = runs.list(kSigmoid, "inputs").begin() + static_cast<std::ptrdiff_t>(48 * look);
        return Values(first, first + 48);
    };
    plot.curves = {{.name = {"sigmoid", "시그모이드"}, .x = at, .y = sigmoid, .colour = colours::kOther},
                   {.name = {"line of slope 0.2", "기울기 0.2인 직선"},
                    .x = {-2.5, 2.5},
                    .y = {0, 1},
                    .colour = colours::kTheory,
                    .style = Plot::Curve::Style::dashed},
                   {.name = {"inputs at γ = 1", "γ = 1일 때의 입력"},
                    .x = at,
                    .y = shares(0),
                    .colour = colours::kNone,
                    .style = Plot::Curve::Style::bars},
                   {.name = {"inputs with the learned γ and β", "학습된 γ, β에서의 입력"},
                    .x = at,
                    .y = shares(1),
                    .colour = colours::kBatch,
                    .style = Plot::Curve::Style::bars}};
    return plot;
}

Picture learned(const Trials& runs, std::size_t at, const std::string& what, const std::vector<std::string>& layers,
                double low, double high) {
    Plot plot{.title = {what + " in the end, " + cases()[at].name, "학습 뒤의 " + what + ", " + cases()[at].name},
              .x = {what, what},
              .y = {"share of the channels", "채널의 비율"}};
    for (const std::string& layer : layers) {
        const Histogram counts = histogram(runs.list(at, what + " " + layer), low, high, 30);
        plot.curves.push_back({.name = {"norm " + layer, "정규화 " + layer},
                               .x = counts.at,
                               .y = counts.share,
                               .colour = static_cast<int>(plot.curves.size()),
                               .style = Plot::Curve::Style::bars});
    }
    return plot;
}

Evidence examine_affine(Workbench& bench) {
    std::vector<std::string> names;
    for (const Case& each : cases()) names.push_back(each.name);
    const Trials runs(bench, names, [&](std::size_t at, std::uint64_t seed) { return measure(bench, at, seed); });
    const auto positive_shifts = [&](std::size_t at) {
        return for_each_seed(bench, [&](std::size_t seed) { return share_positive(runs.list(at, "β", seed)); });
    };
    const auto accuracy = [&](std::size_t at) { return runs.of(at, "accuracy"); };
    const Values sigmoid_gain = minus(accuracy(kSigmoid), accuracy(kSigmoidOff)),
                 relu_gain = minus(accuracy(kRelu), accuracy(kReluOff));

    Evidence found;
    found.checks = {
        proof("restored", {45},
              {"‖y − x‖/‖x‖ of a norm with γ = √(σ² + ε) and β = μ", "γ = √(σ² + ε), β = μ일 때 ‖y − x‖/‖x‖"},
              {restored()}, at_most(1e-5)),
        proof("sigmoid-linear", {39},
              {"share of a sigmoid's variance that a line explains behind a new norm",
               "새 정규화 뒤에서 직선이 설명하는 시그모이드 분산의 비율"},
              runs.of(kSigmoid, "linearity", 0), at_least(0.97))
            .from("0.984 for normally distributed inputs"),
        control("tanh-linear", {"the same of tanh", "같은 비율, tanh"}, linearity_at_start(bench, "tanh", "Tanh", 1),
                between(0.91, 0.95)),
        control("relu-linear", {"the same of ReLU", "같은 비율, ReLU"}, runs.of(kRelu, "linearity", 0),
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
              minus(accuracy(kSigmoidOff), accuracy(kLinear)), at_least(3))
            .in("points"),
        control("relu-gain",
                {"accuracy that γ and β are worth to an MLP of ReLUs", "ReLU MLP에서 γ와 β가 올리는 정확도"}, relu_gain,
                at_most(3))
            .in("points"),
        control("less-than-half", {"that gain by the sigmoids'", "그 값 / 시그모이드 망의 값"},
                over(relu_gain, sigmoid_gain), at_most(0.5)),
        proof("less-linear", {41}, {"the line's share falls in training by", "학습하는 동안 직선의 비율이 줄어든 양"},
              minus(runs.of(kSigmoid, "linearity", 0), runs.of(kSigmoid, "linearity", 1)), at_least(0.02)),
        proof("gamma-moves", {41}, {"mean |γ − 1| in the end", "학습 뒤 |γ − 1|의 평균"},
              for_each_seed(bench,
                            [&](std::size_t seed) { return mean_distance_from_1(runs.list(kSigmoid, "γ", seed)); }),
              at_least(0.1)),
        proof("half", {42},
              {"share of positive values behind a new norm, MLP of ReLUs", "새 정규화 뒤의 양수 비율, ReLU MLP"},
              runs.of(kRelu, "positive", 0), between(0.47, 0.53)),
        proof("shift-gain", {43}, {"accuracy that β is worth to VGG6", "VGG6에서 β가 올리는 정확도"},
              minus(accuracy(kConv), accuracy(kConvNoShift)), at_least(5))
            .in("points"),
        proof("positive-shift", {44},
              {"share of β above 0 in the end, MLP of ReLUs", "학습 뒤 양수인 β의 비율, ReLU MLP"},
              positive_shifts(kRelu), at_least(0.5)),
        proof("survivors", {44},
              {"share of positive values before its ReLUs in the end", "학습 뒤 그 ReLU 앞의 양수 비율"},
              runs.of(kRelu, "positive", 1), at_least(0.5)),
        report("positive-shift-conv", {44}, {"share of β above 0 in the end, VGG6", "학습 뒤 양수인 β의 비율, VGG6"},
               positive_shifts(kConv)),
        report("survivors-conv", {44},
               {"share of positive values before its ReLUs in the end", "학습 뒤 그 ReLU 앞의 양수 비율"},
               runs.of(kConv, "positive", 1)),
        report("both-gain", {43}, {"accuracy that γ and β are worth to VGG6", "VGG6에서 γ와 β가 올리는 정확도"},
               minus(accuracy(kConv), accuracy(kConvOff)))
            .in("points"),
        report("accuracy", {40}, {"accuracy of the MLP of sigmoids", "시그모이드 MLP의 정확도"}, accuracy(kSigmoid))
            .in("%"),
    };
    found.pictures = {sigmoid_and_inputs(runs), learned(runs, kSigmoid, "γ", {"0", "1", "2"}, 0, 6),
                      learned(runs, kConv, "β", {"0", "3", "5"}, -1.5, 1.5)};
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
    .examine = examine_affine,
};

}  // namespace normlab
