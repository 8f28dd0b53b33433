// What dropout does to batch norm. Behind a linear layer, dropout with probability p on its inputs x adds
// p/(1 − p) Σᵢ wᵢ² E[xᵢ²] to a variance: while the net learns, a norm there sees and remembers
//   r = 1 + p/(1 − p) Σᵢ wᵢ² E[xᵢ²] / Var(w·x)
// times the variance that evaluation has, in which nothing is dropped.
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"
#include "lab/model/recalibrate.h"
#include "layers/batch_norm2d.h"
#include "layers/linear.h"

namespace normlab {
namespace {

// Three hidden layers, with dropout before the last linear layer's norm, behind all norms, or nowhere.
const std::string kNoDropout = "no dropout", kBefore = "dropout before a norm", kBehind = "dropout behind the norms";
const std::string kHidden = R"({"type":"linear","out":100},{"type":"norm"},{"type":"relu"},)";
const std::string kDropout = R"({"type":"dropout"},)";
std::string dense_net(const std::string& which) {
    return R"([{"type":"flatten"},)" + kHidden + kHidden + (which == kBefore ? kDropout : "") + kHidden +
           (which == kBehind ? kDropout : "") + R"({"type":"linear"}])";
}

// Of each channel of the last norm: running variance / variance in evaluation, and what the formula says of it.
Numbers variance_ratios(Module& net, const Batch& images, double p) {
    const EvalMode evaluation(net);
    const std::vector<HeardInput> linear = inputs_of(net, images.images, of_kind("Linear")),
                                  norms = inputs_of(net, images.images, is_norm);
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

Numbers train(Workbench& bench, const std::string& which, std::uint64_t seed) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = dense_net(which)}, seed);
    bench.train(*net, images, {.rate = 0.1, .steps = 620, .cosine = true}, seed);
    Numbers found = variance_ratios(*net, first_batches(images, 2000, 1, seed)[0], which == kBefore ? 0.5 : 0);
    found["ratio"] = {mean_of(found["measured"])};
    found["ratio of formula"] = {mean_of(found["formula"])};
    found["accuracy"] = {100 * test_accuracy(*net, images)};
    const double loss = evaluate(*net, images.split.test, images.scale).loss;
    recalibrate(*net, images.split.train, images.scale);
    found["mended"] = {loss / evaluate(*net, images.split.test, images.scale).loss};
    return found;
}

Plot ratios(const Trials& dropout) {
    const std::vector<double>& formula = dropout.list(kBefore, "formula");
    const auto [least, most] = std::ranges::minmax(formula);
    Plot plot{.title = {"Running variance by the variance in evaluation, dropout before the norm",
                        "이동 분산 / 추론 때의 분산, 정규화 앞에 Dropout"},
              .x = {"by the formula", "공식"},
              .y = {"measured, a point for each channel", "측정값 (점 하나가 채널 하나)"}};
    plot.curves = {points(dropout.path(kBefore, "formula", "measured", {"measured", "측정값"}, colours::kBatch)),
                   theory({"formula", "공식"}, {least, most}, {least, most})};
    return plot;
}

}  // namespace

Evidence examine_dropout(Workbench& bench) {
    const Trials dropout(bench, {kNoDropout, kBefore, kBehind}, train);
    const auto lead = [&](const std::string& a, const std::string& b) { return dropout.difference(a, b, "accuracy"); };

    Evidence found;
    found.checks = {
        proof("left-out", {49},
              {"accuracy without dropout − with dropout behind all norms", "Dropout 없음 − 모든 정규화 뒤 Dropout"},
              lead(kNoDropout, kBehind), at_least(-3))
            .in("points"),
        proof("left-out-before", {49},
              {"accuracy without dropout − with dropout before a norm", "Dropout 없음 − 정규화 앞 Dropout"},
              lead(kNoDropout, kBefore), at_least(-3))
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
              lead(kBehind, kBefore), at_least(0))
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
    found.pictures = {ratios(dropout)};
    return found;
}

}  // namespace normlab
