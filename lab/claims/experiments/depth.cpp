// How gradients get through a deep net before it has learned anything.
//   f = (‖∂L/∂W₃‖ / ‖∂L/∂W₁₉‖)^(1/16)     the factor by which a gradient changes in a layer, on its way back
// With batch norm, in wide nets, f² = E[φ′(z)²] / Var φ(z), z from N(0, 1) (Yang et al. 2019):
//   linear 1, sigmoid 1.017², tanh 1.085², ReLU π/(π − 1) = 1.211²
#include "lab/claims/experiments/depth.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/gradients.h"

namespace normlab {

std::string deep(const std::string& activation, const std::string& init, int layers) {
    return mlp(layers, 100, activation, R"("init":")" + init + '"');
}

std::vector<double> gradient_lengths(Module& net, const Batch& batch) {
    const Weights gradient = gradient_at(net, batch).gradient;
    std::vector<double> lengths;
    for (std::size_t i = 0; i < gradient.size(); ++i)
        if (gradient.part(i).shape().rank() == 2) lengths.push_back(length(gradient.part(i)));
    return lengths;
}

double growth(const std::vector<double>& lengths) {
    return lengths[1] / lengths[lengths.size() - 2];
}

namespace {

const double kReluFactor = std::sqrt(std::numbers::pi / (std::numbers::pi - 1));

struct Net {
    std::string name, layers, norm;
    bool unit_rows = false;
    operator std::string() const { return name; }
};

// x + linear(relu(norm(x))) in place of a layer.
std::string residual() {
    const std::string linear = R"({"type":"linear","out":100,"init":"kaiming_normal"})";
    std::string layers = R"([{"type":"flatten"},)" + linear;
    for (int i = 1; i < 20; ++i)
        layers += R"(,{"type":"residual","layers":[{"type":"norm"},{"type":"relu"},)" + linear + "]}";
    return layers + R"(,{"type":"linear"}])";
}

const std::vector<std::string> kActivations = {"sigmoid", "tanh", "relu", "identity"};
const std::vector<std::string> kInits = {"standard", "kaiming_normal", "xavier_normal"};
const std::vector<std::string> kNorms = {"none", "batch", "layer"};

std::vector<Net> nets() {
    std::vector<Net> all;
    for (const std::string& activation : kActivations)
        for (const std::string& init : kInits)
            for (const std::string& norm : kNorms)
                all.push_back({activation + ", " + init + ", " + norm, deep(activation, init), norm});
    all.push_back({"sigmoid, no affine", deep("sigmoid", "standard"), kWithoutAffine});
    all.push_back({"sigmoid, unit rows", deep("sigmoid", "standard"), "none", true});
    all.push_back({"residual", residual(), "batch"});
    all.push_back({"relu, 30 layers", deep("relu", "standard", 30), "batch"});
    return all;
}

// Rows of length 1, which is all that weight normalization does at the start.
void make_rows_units(Module& net) {
    for (NamedParameter& each : parameters(net)) {
        if (each.parameter.shape().rank() != 2) continue;
        const Index rows = each.parameter.shape()[0], columns = each.parameter.shape()[1];
        Scalar* weight = each.parameter.mutable_value().mutable_data();
        for (Scalar* row = weight; row < weight + rows * columns; row += columns) {
            double squares = 0;
            for (Index i = 0; i < columns; ++i) squares += double{row[i]} * row[i];
            for (Index i = 0; i < columns; ++i) row[i] = static_cast<Scalar>(row[i] / std::sqrt(squares));
        }
    }
}

double factor(const std::vector<double>& lengths) {
    return std::pow(lengths[2] / lengths[18], 1.0 / 16);
}

bool activates(const Module& module) {
    return module.kind() == "ReLU" || module.kind() == "Sigmoid";
}

// Of all inputs of activations, those within [−2, 2].
double share_within_two(Module& net, const Batch& batch) {
    double within = 0, all = 0;
    for (const HeardInput& heard : inputs_of(net, batch.images, activates)) {
        const std::vector<Scalar> values = heard.input.values();
        within += static_cast<double>(std::ranges::count_if(values, [](Scalar z) { return std::abs(z) <= 2; }));
        all += static_cast<double>(values.size());
    }
    return within / all;
}

Numbers at_the_start(Workbench& bench, const Net& each, std::uint64_t seed) {
    const auto net = make_net({.layers = each.layers, .norm = each.norm}, seed);
    if (each.unit_rows) make_rows_units(*net);
    const Batch batch = first_batches(bench.images("digits", 4000, 1000), 128, 1, seed)[0];
    const std::vector<double> lengths = gradient_lengths(*net, batch);
    return {{"factor", {factor(lengths)}},
            {"lengths", lengths},
            {"growth", {growth(lengths)}},
            {"within", {share_within_two(*net, batch)}}};
}

Plot by_layer(const Trials& start) {
    Plot plot{.title = {"Length of the gradient of each layer's weights at the start, by that of layer 19",
                        "학습 전 각 레이어 가중치의 기울기 크기, 19번 레이어에 대한 비"},
              .x = {"layer", "레이어"},
              .y = {"ratio", "비율"},
              .y_logarithmic = true};
    const std::vector<double> layers = count_up(1, 20);
    std::vector<double> by_theory;
    for (const double layer : layers) by_theory.push_back(std::pow(kReluFactor, 19 - layer));
    const auto add = [&](const std::string& name, Words title, int colour) {
        const std::vector<double>& lengths = start.list(name, "lengths");
        std::vector<double> ratios;
        for (std::size_t i = 0; i < layers.size(); ++i) ratios.push_back(lengths[i] / lengths[18]);
        plot.curves.push_back({.name = std::move(title), .x = layers, .y = std::move(ratios), .colour = colour});
    };
    add("sigmoid, standard, none", {"sigmoid, no norm", "시그모이드, 정규화 없음"}, colours::kNone);
    add("sigmoid, standard, batch", {"sigmoid, batch norm", "시그모이드, 배치 정규화"}, colours::kGroup);
    add("tanh, standard, batch", {"tanh, batch norm", "tanh, 배치 정규화"}, colours::kLayer);
    add("relu, standard, batch", {"ReLU, batch norm", "ReLU, 배치 정규화"}, colours::kBatch);
    plot.curves.push_back(
        theory({"theory for ReLU: 1.211 a layer", "ReLU의 이론값: 레이어마다 1.211배"}, layers, by_theory));
    return plot;
}

Map of_all(const Trials& start) {
    Map map{.title = {"ln f: below 0 gradients vanish, above 0 they explode", "ln f: 0보다 작으면 소실, 크면 폭발"},
            .row_title = {"activation, initialization", "활성화 함수, 초기화"},
            .column_title = {"norm", "정규화"},
            .rows = {},
            .columns = kNorms,
            .values = {}};
    for (const std::string& activation : kActivations)
        for (const std::string& init : kInits) {
            map.rows.push_back(activation + ", " + init);
            for (const std::string& norm : kNorms)
                map.values.push_back(std::log(start.list(map.rows.back() + ", " + norm, "factor")[0]));
        }
    return map;
}

Evidence examine_depth(Workbench& bench) {
    const Trials start(bench, nets(), at_the_start);
    const auto f = [&](const std::string& net) { return start.of(net, "factor"); };

    Evidence found;
    found.checks = {
        proof("sigmoid-none", {34}, {"f of sigmoids without norm", "정규화 없는 시그모이드의 f"},
              f("sigmoid, standard, none"), at_most(0.25)),
        proof("sigmoid-batch", {34}, {"f of sigmoids with batch norm", "배치 정규화한 시그모이드의 f"},
              f("sigmoid, standard, batch"), between(0.9, 1.1)),
        proof("tanh-none", {34}, {"f of tanh without norm", "정규화 없는 tanh의 f"}, f("tanh, standard, none"),
              at_most(0.7)),
        proof("tanh-batch", {34}, {"f of tanh with batch norm", "배치 정규화한 tanh의 f"}, f("tanh, standard, batch"),
              between(1, 1.15)),
        proof("relu-batch", {35},
              {"f of ReLUs with batch norm, if it does not explode", "폭발하지 않는다면, 배치 정규화한 ReLU의 f"},
              f("relu, standard, batch"), at_most(1.1)),
        report("relu-thirty", {35},
               {"gradient of layer 2 by that of layer 30, in a net of 30",
                "30층 망의 2번 레이어 기울기 / 30번 레이어 기울기"},
               start.of("relu, 30 layers", "growth"))
            .as_ratio(),
        proof("within-relu", {37},
              {"share of normalized values in [−2, 2], ReLU", "[−2, 2] 안의 정규화된 값의 비율, ReLU"},
              start.of("relu, standard, batch", "within"), between(0.93, 0.97))
            .from("erf √2 = 0.9545"),
        proof("within-sigmoid", {37}, {"the same, sigmoid", "같은 비율, 시그모이드"},
              start.of("sigmoid, standard, batch", "within"), between(0.93, 0.97)),
        proof("no-affine", {38},
              {"f of sigmoids with a batch norm without γ and β", "γ·β 없는 배치 정규화를 쓴 시그모이드의 f"},
              f("sigmoid, no affine"), between(0.9, 1.1)),
        proof("unit-rows", {38}, {"f of sigmoids with normalized weights alone", "가중치만 정규화한 시그모이드의 f"},
              f("sigmoid, unit rows"), at_most(0.4)),
        control("theory-relu", {"f of ReLUs with batch norm, theory: 1.211", "배치 정규화한 ReLU의 f, 이론값 1.211"},
                f("relu, standard, batch"), between(1.17, 1.26))
            .from("Yang et al. 2019"),
        control("theory-tanh", {"of tanh, theory: 1.085", "tanh, 이론값 1.085"}, f("tanh, standard, batch"),
                between(1.06, 1.12)),
        control("theory-sigmoid", {"of sigmoids, theory: 1.017", "시그모이드, 이론값 1.017"},
                f("sigmoid, standard, batch"), between(1, 1.05)),
        control("theory-linear", {"of a linear net, theory: 1", "선형 망, 이론값 1"}, f("identity, standard, batch"),
                between(0.95, 1.05)),
        control("initialization",
                {"f of ReLUs without norm from He's initialization", "He 초기화, 정규화 없는 ReLU의 f"},
                f("relu, kaiming_normal, none"), between(0.9, 1.1)),
        control("layer-norm", {"f of ReLUs with layer norm", "레이어 정규화한 ReLU의 f"}, f("relu, standard, layer"),
                between(0.85, 1.1)),
        control("residual", {"f of residual blocks with batch norm", "배치 정규화한 잔차 블록의 f"}, f("residual"),
                at_most(1.1))
            .from("De & Smith 2020"),
    };
    found.pictures = {by_layer(start), of_all(start)};
    found.remarks = {
        {"Before the first step gradients do grow with batch norm, in nets of ReLUs without skips: the mean that it "
         "takes "
         "away behind a ReLU holds much of the square, and dividing by the small rest enlarges. Training evens this "
         "out. "
         "What batch norm does prevent is the explosion of values by too large weights (normlab claims scale).",
         "건너뛰는 연결이 없는 ReLU 망에서는 학습 전에 기울기가 오히려 커집니다. ReLU 출력의 제곱 중 상당 부분이 "
         "평균에 "
         "있어서, 평균을 빼고 남은 작은 편차로 나누면 커지기 때문입니다. 학습이 시작되면 곧 고르게 됩니다. 배치 "
         "정규화가 "
         "막는 것은 너무 큰 가중치로 값이 폭발하는 일입니다(normlab claims scale)."}};
    return found;
}

}  // namespace

const Claim kDepth = {
    .name = "depth",
    .question = {"Do gradients still reach the first layer of a deep net?", "기울기가 첫 레이어까지 닿나요?"},
    .statements = {34, 35, 36, 37, 38},
    .seconds = 35,
    .seeds = 5,
    .setting =
        {"nets of 20 hidden layers of 100 units on 128 drawn digits before the first step: four activations, three "
         "initializations, three norms; f is the factor by which a gradient changes in a layer on its way back. "
         "Dead channels: six layers of ReLUs, 50 steps at rate 1",
         "그려진 숫자 128장, 유닛 100개씩 은닉층 20개인 망의 학습 전 기울기. 활성화 함수 4가지, 초기화 3가지, 정규화 "
         "3가지. f는 "
         "기울기가 뒤로 가며 레이어마다 몇 배가 되는지이다. 죽은 채널은 ReLU 6층을 학습률 1로 50걸음 학습한 뒤에 센다"},
    .refutation = {"gradients of sigmoids that vanish although batch norm is there, or f of ReLUs that is 1",
                   "배치 정규화가 있는데도 사라지는 시그모이드의 기울기. 35번은 ReLU의 f가 1이면 성립"},
    .sources = {"Yang et al. 2019, A mean field theory of batch normalization", "He et al. 2015", "De & Smith 2020"},
    .real_data = nullptr,
    .examine = {examine_depth, examine_deep_training},
    .formulas = {{"f =", power({"(", frac("‖ ∂ L / ∂ W_3 ‖", "‖ ∂ L / ∂ W_19 ‖"), ")"}, "1 / 16")},
                 {"f^2 =", frac({"E [ φ′", power("( z )", "2"), "]"}, "Var φ ( z )")}},
};

}  // namespace normlab
