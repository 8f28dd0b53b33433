// What is left of a net's accuracy when batches are small, under four norms. All see the same number of images; the
// rate is proportional to the batch size.
#include <array>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/recalibrate.h"
#include "layers/batch_norm2d.h"

namespace normlab {
namespace {

const std::array<const char*, 4> kNorms = {"batch", "group", "layer", "batch_renorm"};
constexpr std::array<Index, 6> kSizes = {2, 4, 8, 16, 32, 64};

struct Sized {
    std::string norm;
    Index size;                 // of its batches
    bool convolutions = false;  // VGG6
    bool half_frozen = false;   // from half of the run on it learns with running statistics
    operator std::string() const {
        return norm + ", batch " + std::to_string(size) +
               (convolutions  ? ", VGG6"
                : half_frozen ? ", half frozen"
                              : "");
    }
};

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

Setting setting(Workbench& bench, const Sized& each) {
    const bool real = bench.real() && !each.convolutions && !each.half_frozen;
    if (real)
        return {{.layers = residual_net(), .image = {3, 32, 32}}, bench.images("cifar10", 10000), 10, 0.025, 0.9, 5e-4};
    const DataSet& digits = bench.images("digits", 3000, 4000);
    if (each.convolutions) return {{.layers = vgg6()}, digits, 2, 0.1};
    return {{.layers = mlp(2, 128, "relu", R"("init":"kaiming_normal","bias":false)")}, digits, 4, 0.1};
}

Recipe recipe(const Setting& at, Index batch) {
    return {.rate = at.rate / 32 * static_cast<double>(batch),
            .steps = at.images.split.train.size() / batch * at.epochs,
            .batch = batch,
            .momentum = at.momentum,
            .weight_decay = at.weight_decay,
            .cosine = true};
}

Numbers train(Workbench& bench, const Sized& each, std::uint64_t seed) {
    const Setting at = setting(bench, each);
    NetPlan plan = at.plan;
    plan.norm = each.norm;
    const auto net = make_net(plan, seed);
    const Recipe learn = recipe(at, each.size);
    bench.train(*net, at.images, learn, seed, [&](Index step, const Batch&) {
        if (!each.half_frozen || step != bench.steps(learn.steps) / 2) return;
        for (const NamedModule& layer : modules(*net))
            if (auto* norm = dynamic_cast<BatchNorm2d*>(layer.module)) norm->use_batch_statistics = false;
    });
    Numbers found{{"accuracy", {100 * test_accuracy(*net, at.images)}}};
    if (each.norm != "batch" || each.convolutions || each.half_frozen) return found;
    recalibrate(*net, at.images.split.train, at.images.scale);
    found["precise"] = {100 * test_accuracy(*net, at.images)};
    return found;
}

Plot accuracy_over_size(const Trials& runs) {
    Plot plot{.title = {"Test accuracy by batch size", "배치 크기별 테스트 정확도"},
              .x = {"images in a batch", "배치의 이미지 수"},
              .y = {"%", "%"},
              .x_logarithmic = true};
    const std::vector<double> sizes(kSizes.begin(), kSizes.end());
    const auto sized = [](const char* norm) {
        std::vector<std::string> names;
        for (const Index size : kSizes) names.push_back(Sized{norm, size});
        return names;
    };
    for (const char* norm : kNorms)
        plot.curves.push_back(runs.across(sized(norm), "accuracy", title_of(norm), sizes, colour_of(norm)));
    plot.curves.push_back(runs.across(sized("batch"), "precise",
                                      {"batch norm, statistics estimated again", "배치 정규화, 통계를 다시 추정"},
                                      sizes, colours::kTheory));
    plot.curves.back().style = Plot::Curve::Style::dashed;
    return plot;
}

Evidence examine_batch_size(Workbench& bench) {
    std::vector<Sized> cases;
    for (const char* norm : kNorms)
        for (const Index size : kSizes) cases.push_back({norm, size});
    const Sized batch2{"batch", 2}, batch32{"batch", 32}, group2{"group", 2}, group32{"group", 32},
        renorm2{"batch_renorm", 2}, conv2{"batch", 2, true}, conv32{"batch", 32, true},
        half_frozen{"batch", 2, false, true};
    cases.insert(cases.end(), {conv2, conv32, half_frozen});
    const Trials runs(bench, cases, train);
    const auto lead = [&](const Sized& a, const Sized& b) { return runs.difference(a, b, "accuracy"); };
    const std::vector<double> harm = lead(batch32, batch2);

    Evidence found;
    found.checks = {
        proof("harm", {51}, {"accuracy of batch norm, batches of 32 − of 2", "배치 정규화 정확도, 배치 32 − 배치 2"},
              harm, at_least(bench.real() ? 3 : 20))
            .in("points")
            .from("Wu & He 2018, ImageNet: 11.1"),
        report("precise", {51},
               {"what estimating the statistics again brings at batches of 2", "배치 2에서 통계를 다시 추정해 얻는 것"},
               minus(runs.of(batch2, "precise"), runs.of(batch2, "accuracy")))
            .in("points"),
        report("half-frozen", {51},
               {"what running statistics bring from half of the run on, at batches of 2",
                "배치 2에서 학습 후반을 이동 통계로 해서 얻는 것"},
               lead(half_frozen, batch2))
            .in("points"),
        limit("conv", {52},
              {"what batches of 2 cost, a convolutional net / the dense one",
               "배치 2로 잃는 정확도, 합성곱 망 / 완전연결 망"},
              over(lead(conv32, conv2), harm), at_most(1))
            .as_ratio(),
        proof("renorm", {63}, {"batch renorm − batch norm at batches of 2", "배치 2에서 배치 재정규화 − 배치 정규화"},
              lead(renorm2, batch2), at_least(0))
            .in("points"),
        proof("renorm-group", {63},
              {"group norm − batch renorm at batches of 2", "배치 2에서 그룹 정규화 − 배치 재정규화"},
              lead(group2, renorm2), at_least(0))
            .in("points"),
        control("flat", {"accuracy of group norm, batches of 32 − of 2", "그룹 정규화 정확도, 배치 32 − 배치 2"},
                lead(group32, group2), between(-3, 3))
            .in("points")
            .from("Wu & He 2018: 0.0"),
    };
    for (const Index size : kSizes) {
        const std::string images = std::to_string(size);
        if (size <= 8)
            found.checks.push_back(
                proof("group-" + images, {53},
                      {"group − batch at batches of " + images, "배치 " + images + "에서 그룹 − 배치 정규화"},
                      lead({"group", size}, {"batch", size}), at_least(0))
                    .in("points"));
        if (size >= 32)
            found.checks.push_back(
                proof("batch-" + images, {53},
                      {"batch − group at batches of " + images, "배치 " + images + "에서 배치 − 그룹 정규화"},
                      lead({"batch", size}, {"group", size}), at_least(-3))
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
    .examine = {examine_batch_size, examine_few_images},
};

}  // namespace normlab
