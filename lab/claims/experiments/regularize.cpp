// What batch norm has to do with overfitting: the noise of its statistics, when images are few.
#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"

namespace normlab {
namespace {

// Norms for three convolutions of stride 2, and few images: all of them learn these by heart.
struct Kind {
    std::string norm;
    Words name;
    int colour;
    operator std::string() const { return norm; }
};
const std::string kGhost4 = R"({"type":"ghost_batch","virtual_batch_size":4})",
                  kGhost16 = R"({"type":"ghost_batch","virtual_batch_size":16})", kBatch = "batch";
const std::vector<Kind> kNorms = {
    {kGhost4, {"batch norm of 4 images", "이미지 4장씩 배치 정규화"}, colours::kLayer},
    {kGhost16, {"batch norm of 16 images", "이미지 16장씩 배치 정규화"}, colours::kInstance},
    {kBatch, {"batch norm of all 64", "64장 전체 배치 정규화"}, colours::kBatch},
    {"group", title_of("group"), colours::kGroup},
    {"none", title_of("none"), colours::kNone}};

std::string small_net() {
    std::string layers = "[";
    for (const int out : {16, 32, 64})
        layers += R"({"type":"conv2d","stride":2,"padding":1,"out":)" + std::to_string(out) +
                  R"(},{"type":"norm"},{"type":"relu"},)";
    return layers + R"({"type":"global_avg_pool2d"},{"type":"flatten"},{"type":"linear"}])";
}

Numbers fit_few(Workbench& bench, const Kind& kind, std::uint64_t seed) {
    const DataSet& few = bench.images("digits", 512, 1000);
    const auto net = make_net({.layers = small_net(), .norm = kind.norm}, seed);
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
}

Plot test_loss(const Trials& few) {
    Plot plot{.title = {"Test loss with 512 images to learn from", "이미지 512장으로 학습할 때의 테스트 손실"},
              .x = {"epoch", "에폭"},
              .y = {"loss", "손실"}};
    for (const Kind& kind : kNorms)
        plot.curves.push_back(few.curve(kind, "test loss", kind.name, few.list(kind, "epochs"), kind.colour));
    return plot;
}

Evidence examine_regularize(Workbench& bench) {
    const Trials few(bench, kNorms, fit_few);
    Evidence found;
    found.checks = {
        proof("ghost", {48},
              {"test accuracy, statistics of 4 images − of all 64", "테스트 정확도, 4장의 통계 − 64장의 통계"},
              few.difference(kGhost4, kBatch, "accuracy"), at_least(0))
            .in("points")
            .from("Hoffer et al. 2017"),
        report("ghost-16", {48}, {"the same, statistics of 16 images", "16장의 통계 − 64장의 통계"},
               few.difference(kGhost16, kBatch, "accuracy"))
            .in("points"),
        report("group", {48}, {"the same, group norm", "그룹 정규화 − 64장의 통계"},
               few.difference("group", kBatch, "accuracy"))
            .in("points"),
        limit("none", {48}, {"the same, no norm at all", "정규화 없음 − 64장의 통계"},
              few.difference("none", kBatch, "accuracy"), at_least(0))
            .in("points"),
        control("learned-by-heart", {"accuracy in training at the end, batch norm", "배치 정규화의 마지막 학습 정확도"},
                few.of(kBatch, "train accuracy"), at_least(95))
            .in("%"),
    };
    found.pictures = {test_loss(few)};
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
    .examine = {examine_regularize, examine_dropout},
    .formulas = {{"r = 1 +", frac("p", "1 − p"), "·", frac("Σ w_i^2 E [ x_i^2 ]", "Var ( w · x )")}},
};

}  // namespace normlab
