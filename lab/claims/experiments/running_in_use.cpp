// What running statistics are worth: behind weights that move, and on images of another kind than those they come from.
#include "datasets/datasets.h"
#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/images.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"
#include "lab/model/recalibrate.h"
#include "layers/running_statistics.h"

namespace normlab {
namespace {

using Values = std::vector<double>;

// Loss on the test set with the running statistics, by that with those of the whole training set.
double loss_ratio(Workbench& bench, const std::string& momentum, const Recipe& recipe, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", 4000, 1000);
    const auto net =
        make_net({.layers = mlp(3, 64, "relu"), .norm = R"({"type":"batch","momentum":)" + momentum + "}"}, seed);
    bench.train(*net, digits, recipe, seed);
    const double running = evaluate(*net, digits.split.test, digits.scale).loss;
    recalibrate(*net, digits.split.train, digits.scale);
    return running / evaluate(*net, digits.split.test, digits.scale).loss;
}

Numbers learning(Workbench& bench, const std::string&, std::uint64_t seed) {
    Numbers found;
    for (const char* momentum : {"0.1", "0.01"})
        found["20 steps"].push_back(loss_ratio(bench, momentum, {.rate = 0.3, .steps = 20}, seed));
    found["200 steps"] = {loss_ratio(bench, "0.1", {.rate = 0.3, .steps = 200, .cosine = true}, seed)};
    return found;
}

const std::vector<std::vector<Corruption>> kCorruptions = {{}, {Blur{}, Blur{}}, {Invert{}, Blur{}}};

// Accuracy on digits as they are and in other domains with the running statistics kept, reset, re-estimated, and after
// 20 passes in train mode over images of the new domain, without labels.
Numbers domains(Workbench& bench, const std::string&, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", 4000, 1000);
    Numbers found;
    const auto net = make_net({.layers = vgg6()}, seed);
    bench.train(*net, digits, {.rate = 0.2, .steps = 300, .cosine = true}, seed);
    for (const std::vector<Corruption>& corruptions : kCorruptions) {
        const DataSet domain{
            {corrupted(limited(digits.split.train, 2000), corruptions), corrupted(digits.split.test, corruptions)},
            digits.scale};
        const auto take = [&](const char* way) { found[way].push_back(100 * test_accuracy(*net, domain)); };
        take("kept");
        const TrainMode restored_afterwards(*net);
        for (const Batch& batch : first_batches(domain, 64, 20, seed)) (*net)(batch.images);
        take("adapted");
        recalibrate(*net, domain.split.train, domain.scale);
        take("re-estimated");
        reset_running_statistics(*net);
        take("reset");
    }
    return found;
}

const std::string kLearning = "learning", kDomains = "domains";

Picture in_domains(const Trials& runs) {
    Plot plot{.title = {"Accuracy in a new domain", "새 도메인에서의 정확도"},
              .x = {"digits", "숫자"},
              .y = {"%", "%"},
              .x_names = {{"as they are", "그대로"}, {"blurred", "흐리게"}, {"inverted, blurred", "반전하고 흐리게"}}};
    int colour = 0;
    for (const auto& [way, korean] :
         {std::pair{"kept", "그대로 둠"}, {"reset", "초기화"}, {"re-estimated", "다시 추정"}, {"adapted", "적응"}})
        plot.curves.push_back(points(runs.curve(kDomains, way, {way, korean}, {0, 1, 2}, colour++)));
    return plot;
}

}  // namespace

Evidence running_statistics_in_use(Workbench& bench) {
    const Trials learned(bench, {kLearning}, learning), runs(bench, {kDomains}, domains);
    const auto in_domain = [&](const char* way, std::size_t domain) { return runs.of(kDomains, way, domain); };
    const Values fast = learned.of(kLearning, "20 steps"), slow = learned.of(kLearning, "20 steps", 1);

    Evidence found;
    found.checks = {
        proof("stopped", {9},
              {"loss with running / with precise statistics, rate falling to 0, 200 steps",
               "이동 통계의 손실 / 정확한 통계의 손실, 학습률이 0으로 줄어든 200걸음 뒤"},
              learned.of(kLearning, "200 steps"), at_most(1.02))
            .as_ratio(),
        limit(
            "learning", {9},
            {"the same after 20 steps at a constant rate, m = 0.01", "같은 비율, 일정한 학습률로 20걸음 뒤, m = 0.01"},
            slow, at_least(1.15))
            .as_ratio(),
        proof("slower", {10}, {"that ratio, m = 0.01 / m = 0.1", "그 비율, m = 0.01 / m = 0.1"}, over(slow, fast),
              at_least(1))
            .as_ratio(),
        report("learning-fast", {9}, {"the same for m = 0.1", "같은 비율, m = 0.1"}, fast).as_ratio(),
        proof("new-domain", {59},
              {"accuracy on blurred digits, re-estimated − kept", "흐린 숫자의 정확도, 다시 추정 − 그대로"},
              minus(in_domain("re-estimated", 1), in_domain("kept", 1)), at_least(3))
            .in("points"),
        proof("adapted", {59},
              {"accuracy on blurred digits, after 20 batches in train mode − kept",
               "흐린 숫자의 정확도, 학습 모드로 배치 20개를 본 뒤 − 그대로"},
              minus(in_domain("adapted", 1), in_domain("kept", 1)), at_least(3))
            .in("points"),
        proof("not-reset", {59},
              {"accuracy on blurred digits, re-estimated − reset", "흐린 숫자의 정확도, 다시 추정 − 초기화"},
              minus(in_domain("re-estimated", 1), in_domain("reset", 1)), at_least(0))
            .in("points"),
        control("same-domain-gain",
                {"accuracy on the digits learned from, re-estimated − kept", "배운 숫자의 정확도, 다시 추정 − 그대로"},
                minus(in_domain("re-estimated", 0), in_domain("kept", 0)), between(-1, 1))
            .in("points"),
    };
    found.pictures = {in_domains(runs)};
    return found;
}

}  // namespace normlab
