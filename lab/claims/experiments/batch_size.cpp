// What is left of a net's accuracy when batches are small, under four norms. All see the same number of images; the
// rate is proportional to the batch size.
#include <algorithm>
#include <array>
#include <cmath>

#include "framework/support/error.h"
#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/recalibrate.h"
#include "layers/batch_norm2d.h"
#include "layers/instance_norm2d.h"

namespace normlab {
namespace {

struct Kind {
    const char* norm;
    Words name;
    int colour;
};
const std::array<Kind, 4> kKinds = {{{"batch", {"batch", "배치 정규화"}, colours::kBatch},
                                     {"group", {"group", "그룹 정규화"}, colours::kGroup},
                                     {"layer", {"layer", "레이어 정규화"}, colours::kLayer},
                                     {"batch_renorm", {"batch renorm", "배치 재정규화"}, colours::kOther}}};
constexpr std::array<Index, 6> kSizes = {2, 4, 8, 16, 32, 64};
constexpr std::size_t kBatch = 0, kGroup = 1, kRenorm = 3, kTwo = 0, kEight = 2, k32 = 4;

const std::string kHidden = R"("init":"kaiming_normal","bias":false)";

struct Setting {
    NetPlan plan;
    const DataSet& images;
    Index epochs;
    double rate;  // of batches of 32
    double momentum = 0, weight_decay = 0;
};

// A net of residual blocks whose last maps have 4x4 pixels: 32 values for a channel of two images.
std::string residual_net() {
    const auto conv = [](int out, int stride, int kernel) {
        return R"({"type":"conv2d","bias":false,"out":)" + std::to_string(out) + R"(,"stride":)" +
               std::to_string(stride) + R"(,"kernel":)" + std::to_string(kernel) + R"(,"padding":)" +
               std::to_string(kernel / 2) + R"(},{"type":"norm"})";
    };
    const std::string relu = R"(,{"type":"relu"},)";
    std::string layers = "[" + conv(16, 2, 3) + relu;
    for (const int out : {16, 32, 64})
        for (int block = 0; block < 3; ++block) {
            const int stride = block == 0 && out > 16 ? 2 : 1;
            layers += R"({"type":"residual","layers":[)" + conv(out, stride, 3) + relu + conv(out, 1, 3) + "]" +
                      (stride == 1 ? "" : R"(,"shortcut":[)" + conv(out, stride, 1) + "]") + "}" + relu;
        }
    return layers + R"({"type":"global_avg_pool2d"},{"type":"flatten"},{"type":"linear"}])";
}

Setting setting(Workbench& bench) {
    if (bench.real())
        return {{.layers = residual_net(), .image = {3, 32, 32}}, bench.images("cifar10", 10000), 10, 0.025, 0.9, 5e-4};
    return {{.layers = mlp(2, 128, "relu", kHidden)}, bench.images("digits", 3000, 4000), 4, 0.1};
}

Recipe recipe(const Setting& at, Index batch) {
    return {.rate = at.rate / 32 * static_cast<double>(batch),
            .steps = at.images.split.train.size() / batch * at.epochs,
            .batch = batch,
            .momentum = at.momentum,
            .weight_decay = at.weight_decay,
            .cosine = true};
}

double percent(Module& net, const DataSet& images) {
    return 100 * test_accuracy(net, images);
}

Trials over_sizes(Workbench& bench, const Setting& at) {
    std::vector<std::string> cases;
    for (const Kind& kind : kKinds)
        for (const Index size : kSizes) cases.push_back(std::string(kind.norm) + ", batch " + std::to_string(size));
    return Trials(bench, cases, [&](std::size_t each, std::uint64_t seed) -> Numbers {
        NetPlan plan = at.plan;
        plan.norm = kKinds[each / kSizes.size()].norm;
        const auto net = make_net(plan, seed);
        bench.train(*net, at.images, recipe(at, kSizes[each % kSizes.size()]), seed);
        Numbers found{{"accuracy", {percent(*net, at.images)}}};
        if (each / kSizes.size() != kBatch) return found;
        recalibrate(*net, at.images.split.train, at.images.scale);
        found["precise"] = {percent(*net, at.images)};
        return found;
    });
}

// What needs nets and recipes of its own, on drawn digits.
enum : std::size_t { kConvTwo, kConv32, kHalfFrozen, kOnline };
Trials others(Workbench& bench) {
    const DataSet& digits = bench.images("digits", 3000, 4000);
    return Trials(bench,
                  {"conv net, batch 2", "conv net, batch 32", "running statistics from half of the run on, batch 2",
                   "layer norm, one image at a time"},
                  [&](std::size_t which, std::uint64_t seed) -> Numbers {
                      const bool conv = which == kConvTwo || which == kConv32;
                      const Setting at{{.layers = conv ? vgg6() : mlp(2, 128, "relu", kHidden),
                                        .norm = which == kOnline ? "layer" : "batch"},
                                       digits,
                                       conv ? 2 : 4,
                                       0.1};
                      const auto net = make_net(at.plan, seed);
                      if (which == kOnline) {
                          bench.train(*net, digits, {.rate = 0.01, .steps = 3000, .batch = 1}, seed);
                      } else {
                          const Recipe learn = recipe(at, which == kConv32 ? 32 : 2);
                          bench.train(*net, digits, learn, seed, [&](Index step, const Batch&) {
                              if (which != kHalfFrozen || step != bench.steps(learn.steps) / 2) return;
                              for (const NamedModule& each : modules(*net))
                                  if (auto* norm = dynamic_cast<BatchNorm2d*>(each.module))
                                      norm->use_batch_statistics = false;
                          });
                      }
                      return {{"accuracy", {percent(*net, digits)}}};
                  });
}

// Of a net's first norm fed with pairs of images: the share of the outputs within 0.01 of −1 or 1.
double share_of_signs(const DataSet& images) {
    const auto net = make_net({.layers = mlp(2, 128, "relu", kHidden)}, 1);
    double signs = 0, all = 0;
    for (const Batch& pair : first_batches(images, 2, 50)) {
        const auto is_relu = [](const Module& module) { return module.kind() == "ReLU"; };
        for (const Scalar y : inputs_of(*net, pair.images, is_relu)[0].input.values()) {
            signs += std::abs(std::abs(double{y}) - 1) < 0.01;
            ++all;
        }
    }
    return signs / all;
}

bool refuses_one_image() {
    BatchNorm2d norm({.num_features = 128});
    try {
        norm(noise({1, 128}, 1));
        return false;
    } catch (const Error&) {
        return true;
    }
}

double distance_to_instance_norm() {
    const Tensor image = noise({1, 8, 6, 6}, 1, 2, 3);
    BatchNorm2d batch({.num_features = 8});
    InstanceNorm2d instance({.num_features = 8});
    return largest_difference(batch(image).value(), instance(image).value());
}

Plot accuracy_over_size(const Trials& runs) {
    Plot plot{.title = {"Test accuracy by batch size", "배치 크기별 테스트 정확도"},
              .x = {"images in a batch", "배치의 이미지 수"},
              .y = {"%", "%"},
              .x_logarithmic = true};
    const auto add = [&](std::size_t kind, const std::string& number, Words name, int colour) {
        Plot::Curve curve{.name = std::move(name), .x = {}, .y = {}, .colour = colour};
        for (std::size_t size = 0; size < kSizes.size(); ++size) {
            const Plot::Curve point =
                runs.curve(kind * kSizes.size() + size, number, {}, {static_cast<double>(kSizes[size])}, 0);
            curve.x.push_back(point.x[0]), curve.y.push_back(point.y[0]);
            curve.low.push_back(point.low[0]), curve.high.push_back(point.high[0]);
        }
        plot.curves.push_back(std::move(curve));
    };
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind)
        add(kind, "accuracy", kKinds[kind].name, kKinds[kind].colour);
    add(kBatch, "precise", {"batch, statistics estimated again", "배치 정규화, 통계를 다시 추정"}, colours::kTheory);
    plot.curves.back().style = Plot::Curve::Style::dashed;
    return plot;
}

Evidence examine_batch_size(Workbench& bench) {
    const Trials runs = over_sizes(bench, setting(bench)), more = others(bench);
    const auto accuracy = [&](std::size_t kind, std::size_t size) {
        return runs.of(kind * kSizes.size() + size, "accuracy");
    };
    const auto lead = [&](std::size_t a, std::size_t b, std::size_t size) {
        return minus(accuracy(a, size), accuracy(b, size));
    };
    const std::vector<double> harm = minus(accuracy(kBatch, k32), accuracy(kBatch, kTwo));
    const std::vector<double> conv_harm = minus(more.of(kConv32, "accuracy"), more.of(kConvTwo, "accuracy"));

    Evidence found;
    found.checks = {
        proof("harm", {51}, {"accuracy of batch norm, batches of 32 − of 2", "배치 정규화 정확도, 배치 32 − 배치 2"},
              harm, at_least(bench.real() ? 3 : 20))
            .in("points")
            .from("Wu & He 2018: 11.1 on ImageNet"),
        report("precise", {51},
               {"what estimating the statistics again brings at batches of 2", "배치 2에서 통계를 다시 추정해 얻는 것"},
               minus(runs.of(kTwo, "precise"), accuracy(kBatch, kTwo)))
            .in("points"),
        report("half-frozen", {51},
               {"what running statistics bring from half of the run on, at batches of 2",
                "배치 2에서 학습 후반을 이동 통계로 해서 얻는 것"},
               minus(more.of(kHalfFrozen, "accuracy"), runs.of(kTwo, "accuracy")))
            .in("points"),
        proof("one-image", {52},
              {"a layer of one value a channel refuses a batch of 1 (1: yes)",
               "채널당 값이 하나뿐이면 배치 1을 거부함 (1: 예)"},
              {refuses_one_image() ? 1.0 : 0.0}, at_least(1)),
        proof("signs", {52},
              {"of two images only the order is left: share of outputs within 0.01 of ±1",
               "이미지가 둘이면 순서만 남음: ±1에서 0.01 안에 드는 출력의 비율"},
              {share_of_signs(bench.images("digits", 3000, 4000))}, at_least(0.95)),
        limit("instance", {52},
              {"on maps, batch norm of one image − instance norm",
               "특징 맵에서 이미지 하나의 배치 정규화 − 인스턴스 정규화"},
              {distance_to_instance_norm()}, at_most(0)),
        limit("conv", {52},
              {"what batches of 2 cost, a convolutional net / the dense one",
               "배치 2로 잃는 정확도, 합성곱 망 / 완전연결 망"},
              over(conv_harm, harm), at_most(1))
            .as_ratio(),
        proof("renorm", {63}, {"batch renorm − batch norm at batches of 2", "배치 2에서 배치 재정규화 − 배치 정규화"},
              lead(kRenorm, kBatch, kTwo), at_least(0))
            .in("points"),
        proof("renorm-group", {63},
              {"group norm − batch renorm at batches of 2", "배치 2에서 그룹 정규화 − 배치 재정규화"},
              lead(kGroup, kRenorm, kTwo), at_least(0))
            .in("points"),
        proof("online", {58},
              {"accuracy of layer norm, learning from one image at a time",
               "이미지를 하나씩 학습한 레이어 정규화의 정확도"},
              more.of(kOnline, "accuracy"), at_least(70))
            .in("%"),
        control("flat", {"accuracy of group norm, batches of 32 − of 2", "그룹 정규화 정확도, 배치 32 − 배치 2"},
                minus(accuracy(kGroup, k32), accuracy(kGroup, kTwo)), between(-3, 3))
            .in("points")
            .from("Wu & He 2018: 0.0"),
    };
    for (std::size_t size = 0; size < kSizes.size(); ++size) {
        const std::string images = std::to_string(kSizes[size]);
        if (size <= kEight)
            found.checks.push_back(
                proof("group-" + images, {53},
                      {"group − batch at batches of " + images, "배치 " + images + "에서 그룹 − 배치 정규화"},
                      lead(kGroup, kBatch, size), at_least(0))
                    .in("points"));
        if (size >= k32)
            found.checks.push_back(
                proof("batch-" + images, {53},
                      {"batch − group at batches of " + images, "배치 " + images + "에서 배치 − 그룹 정규화"},
                      lead(kBatch, kGroup, size), at_least(-3))
                    .in("points"));
    }
    found.pictures = {accuracy_over_size(runs)};
    return found;
}

}  // namespace

const Claim kBatchSize = {
    .name = "batch-size",
    .question = {"How small may a batch be?", "배치는 얼마나 작아도 되나요?"},
    .statements = {51, 52, 53, 58, 63},
    .seconds = 125,
    .seeds = 5,
    .setting = {"two hidden layers of 128 ReLUs on 3,000 drawn digits, 4 epochs with batches of 2 to 64 images, the "
                "rate in proportion to the batch",
                "ReLU 128개씩 은닉층 둘, 그려진 숫자 3,000장, 이미지 2~64장의 배치로 4에폭, 학습률은 배치 크기에 비례"},
    .refutation = {"batch norm that with two images comes near to what it reaches with 32, or group norm that does not "
                   "keep its accuracy",
                   "이미지 두 장으로도 32장일 때에 가까운 배치 정규화, 또는 정확도를 지키지 못하는 그룹 정규화"},
    .sources = {"Wu & He 2018, figure 1", "Ioffe 2017", "Singh & Shrivastava 2019", "Wu & Johnson 2021"},
    .real_data = "cifar10",
    .examine = examine_batch_size,
};

}  // namespace normlab
