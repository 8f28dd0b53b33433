// What batch norm has to do with overfitting: the noise of its statistics, and what dropout does to them.
//   Behind a linear layer, dropout with probability p on its inputs x adds p/(1 − p) Σᵢ wᵢ² E[xᵢ²] to a variance: while
//   the net learns, a norm there sees and remembers
//       r = 1 + p/(1 − p) Σᵢ wᵢ² E[xᵢ²] / Var(w·x)
//   times the variance that evaluation has, in which nothing is dropped.
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trainings.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"
#include "lab/model/recalibrate.h"
#include "layers/batch_norm2d.h"
#include "layers/linear.h"

namespace normlab {
namespace {

// Three convolutions of stride 2, and few images: all of them learn these by heart.
struct Kind {
    std::string norm;
    Words name;
    int colour;
};
enum : std::size_t { kGhost4, kGhost16, kBatch, kGroup, kNone };
const std::vector<Kind> kNorms = {
    {R"({"type":"ghost_batch","virtual_batch_size":4})", {"batch norm of 4 images", "이미지 4장씩 배치 정규화"}, 3},
    {R"({"type":"ghost_batch","virtual_batch_size":16})", {"batch norm of 16 images", "이미지 16장씩 배치 정규화"}, 4},
    {"batch", {"batch norm of all 64", "64장 전체 배치 정규화"}, colours::kBatch},
    {"group", {"group norm", "그룹 정규화"}, colours::kGroup},
    {"none", {"no norm", "정규화 없음"}, colours::kNone}};

std::string small_net() {
    std::string layers = "[";
    for (const int out : {16, 32, 64})
        layers += R"({"type":"conv2d","stride":2,"padding":1,"out":)" + std::to_string(out) +
                  R"(},{"type":"norm"},{"type":"relu"},)";
    return layers + R"({"type":"global_avg_pool2d"},{"type":"flatten"},{"type":"linear"}])";
}

Trials fit_few(Workbench& bench) {
    const DataSet& few = bench.images("digits", 512, 1000);
    std::vector<std::string> cases;
    for (const Kind& each : kNorms) cases.push_back("512 images, " + each.name.en);
    return Trials(bench, cases, [&](std::size_t which, std::uint64_t seed) -> Numbers {
        const auto net = make_net({.layers = small_net(), .norm = kNorms[which].norm}, seed);
        const Recipe recipe{.rate = 0.1, .steps = 320, .momentum = 0.9, .cosine = true};
        Numbers found;
        const Training training = bench.train(*net, few, recipe, seed, [&](Index step, const Batch&) {
            if (step % 40 != 0) return;
            found["epochs"].push_back(static_cast<double>(step) / 8);
            found["test loss"].push_back(evaluate(*net, few.split.test, few.scale).loss);
        });
        found["train accuracy"] = {100 * training.mean_accuracy(8)};
        found["accuracy"] = {100 * test_accuracy(*net, few)};
        return found;
    });
}

// Three hidden layers, with dropout before the last linear layer's norm, behind all norms, or nowhere.
enum : std::size_t { kNoDropout, kBefore, kBehind };
const std::string kHidden = R"({"type":"linear","out":100},{"type":"norm"},{"type":"relu"},)";
const std::string kDropout = R"({"type":"dropout"},)";
std::string dense_net(std::size_t which) {
    return R"([{"type":"flatten"},)" + kHidden + kHidden + (which == kBefore ? kDropout : "") + kHidden +
           (which == kBehind ? kDropout : "") + R"({"type":"linear"}])";
}

// Of each channel of the last norm: running variance / variance in evaluation, and what the formula says of it.
Numbers variance_ratios(Module& net, const Batch& images, double p) {
    const EvalMode evaluation(net);
    const std::vector<HeardInput> linear =
        inputs_of(net, images.images, [](const Module& m) { return m.kind() == "Linear"; });
    const std::vector<HeardInput> norms = inputs_of(net, images.images, [](const Module& m) { return m.is_norm(); });
    const Tensor& x = linear[2].input;
    const Tensor& weight = dynamic_cast<Linear&>(*linear[2].module).weight.value();
    const Tensor& running = dynamic_cast<BatchNorm2d&>(*norms[2].module).running.variance;
    const Moments inputs = moments_of(x), outputs = moments_of(norms[2].input);
    Numbers found;
    for (std::size_t c = 0; c < outputs.variance.size(); ++c) {
        double added = 0;
        for (std::size_t i = 0; i < inputs.mean.size(); ++i)
            added += std::pow(double{weight.data()[c * inputs.mean.size() + i]}, 2) *
                     (inputs.variance[i] + inputs.mean[i] * inputs.mean[i]);
        found["measured"].push_back(double{running.data()[c]} / outputs.variance[c]);
        found["formula"].push_back(1 + p / (1 - p) * added / outputs.variance[c]);
    }
    return found;
}

Trials with_dropout(Workbench& bench) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    return Trials(bench, {"no dropout", "dropout before a norm", "dropout behind the norms"},
                  [&](std::size_t which, std::uint64_t seed) -> Numbers {
                      const auto net = make_net({.layers = dense_net(which)}, seed);
                      bench.train(*net, images, {.rate = 0.1, .steps = 620, .cosine = true}, seed);
                      Numbers found =
                          variance_ratios(*net, first_batches(images, 2000, 1, seed)[0], which == kBefore ? 0.5 : 0);
                      found["ratio"] = {mean_of(found["measured"])};
                      found["ratio of formula"] = {mean_of(found["formula"])};
                      found["accuracy"] = {100 * test_accuracy(*net, images)};
                      const double loss = evaluate(*net, images.split.test, images.scale).loss;
                      recalibrate(*net, images.split.train, images.scale);
                      found["mended"] = {loss / evaluate(*net, images.split.test, images.scale).loss};
                      return found;
                  });
}

Plot test_loss(const Trials& few) {
    Plot plot{.title = {"Test loss with 512 images to learn from", "이미지 512장으로 학습할 때의 테스트 손실"},
              .x = {"epoch", "에폭"},
              .y = {"loss", "손실"}};
    for (std::size_t each = 0; each < kNorms.size(); ++each)
        plot.curves.push_back(
            few.curve(each, "test loss", kNorms[each].name, few.list(each, "epochs"), kNorms[each].colour));
    return plot;
}

Plot ratios(const Trials& dropout) {
    const std::vector<double>& formula = dropout.list(kBefore, "formula");
    const auto [least, most] = std::ranges::minmax(formula);
    Plot plot{.title = {"Running variance by the variance in evaluation, dropout before the norm",
                        "이동 분산 / 추론 때의 분산, 정규화 앞에 Dropout"},
              .x = {"by the formula", "공식"},
              .y = {"measured, a point for each channel", "측정값 (점 하나가 채널 하나)"}};
    plot.curves.push_back({.name = {"measured", "측정값"},
                           .x = formula,
                           .y = dropout.list(kBefore, "measured"),
                           .colour = colours::kBatch,
                           .style = Plot::Curve::Style::points});
    plot.curves.push_back({.name = {"formula", "공식"},
                           .x = {least, most},
                           .y = {least, most},
                           .colour = colours::kTheory,
                           .style = Plot::Curve::Style::dashed});
    return plot;
}

Evidence examine_regularize(Workbench& bench) {
    const Trials few = fit_few(bench), dropout = with_dropout(bench);
    const auto lead = [](const Trials& runs, std::size_t a, std::size_t b) {
        return minus(runs.of(a, "accuracy"), runs.of(b, "accuracy"));
    };

    Evidence found;
    found.checks = {
        proof("ghost", {48},
              {"test accuracy, statistics of 4 images − of all 64", "테스트 정확도, 4장의 통계 − 64장의 통계"},
              lead(few, kGhost4, kBatch), at_least(0))
            .in("points")
            .from("Hoffer et al. 2017"),
        report("ghost-16", {48}, {"the same, statistics of 16 images", "16장의 통계 − 64장의 통계"},
               lead(few, kGhost16, kBatch))
            .in("points"),
        report("group", {48}, {"the same, group norm", "그룹 정규화 − 64장의 통계"}, lead(few, kGroup, kBatch))
            .in("points"),
        limit("none", {48}, {"the same, no norm at all", "정규화 없음 − 64장의 통계"}, lead(few, kNone, kBatch),
              at_least(0))
            .in("points"),
        control("learned-by-heart", {"accuracy in training at the end, batch norm", "배치 정규화의 마지막 학습 정확도"},
                few.of(kBatch, "train accuracy"), at_least(95))
            .in("%"),
        proof("left-out", {49},
              {"accuracy without dropout − with dropout behind all norms", "Dropout 없음 − 모든 정규화 뒤 Dropout"},
              lead(dropout, kNoDropout, kBehind), at_least(-3))
            .in("points"),
        proof("left-out-before", {49},
              {"accuracy without dropout − with dropout before a norm", "Dropout 없음 − 정규화 앞 Dropout"},
              lead(dropout, kNoDropout, kBefore), at_least(-3))
            .in("points"),
        proof("ratio", {50},
              {"running variance by the variance in evaluation, dropout before the norm",
               "정규화 앞에 Dropout이 있을 때 이동 분산 / 추론 때의 분산"},
              dropout.of(kBefore, "ratio"), between(1.2, 3.5))
            .as_ratio(),
        proof("formula", {50}, {"the same by what the formula says", "같은 비율 / 공식의 값"},
              over(dropout.of(kBefore, "ratio"), dropout.of(kBefore, "ratio of formula")), between(0.85, 1.15))
            .as_ratio(),
        proof("worse", {50},
              {"accuracy, dropout behind all norms − before one", "정확도, 모든 정규화 뒤 Dropout − 정규화 앞"},
              lead(dropout, kBehind, kBefore), at_least(0))
            .in("points"),
        proof("mended", {50},
              {"test loss before / after the statistics are estimated again",
               "통계를 다시 추정하기 전 / 후의 테스트 손실"},
              dropout.of(kBefore, "mended"), at_least(1.01))
            .as_ratio(),
        control("no-dropout",
                {"running variance by the variance in evaluation, without dropout",
                 "Dropout이 없을 때 이동 분산 / 추론 때의 분산"},
                dropout.of(kNoDropout, "ratio"), between(0.9, 1.1))
            .as_ratio(),
    };
    found.pictures = {test_loss(few), ratios(dropout)};
    return found;
}

}  // namespace

const Claim kRegularize = {
    .name = "regularize",
    .question = {"Does batch norm regularize, and may I drop dropout?",
                 "정규화(regularization)도 되나요, Dropout은 빼도 되나요?"},
    .statements = {48, 49, 50},
    .seconds = 80,
    .seeds = 8,
    .setting = {"three convolutions of stride 2 on 512 drawn digits, 40 epochs; for dropout three hidden layers of 100 "
                "ReLUs on 4,000, 10 epochs",
                "보폭 2인 합성곱 3층, 그려진 숫자 512장, 40에폭. Dropout은 ReLU 100개씩 은닉층 셋, 4,000장, 10에폭"},
    .refutation =
        {"statistics of few images that do not help against overfitting, or a running variance behind dropout that is "
         "the one of evaluation",
         "적은 이미지의 통계가 과적합을 줄이지 못하거나, Dropout 뒤의 이동 분산이 추론 때의 분산과 같은 경우"},
    .sources = {"Hoffer et al. 2017", "Li et al. 2019, variance shift"},
    .real_data = nullptr,
    .examine = examine_regularize,
};

}  // namespace normlab
