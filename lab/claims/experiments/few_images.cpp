// One image or two: what is left of batch norm, and which norms can still learn.
#include <cmath>

#include "framework/support/error.h"
#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "layers/batch_norm2d.h"
#include "layers/instance_norm2d.h"

namespace normlab {
namespace {

NetPlan dense(const std::string& norm) {
    return {.layers = mlp(2, 128, "relu", R"("init":"kaiming_normal","bias":false)"), .norm = norm};
}

// Of a net's first norm fed with pairs of images: the share of the outputs within 0.01 of −1 or 1.
double share_of_signs(const DataSet& images) {
    const auto net = make_net(dense("batch"), 1);
    double signs = 0, all = 0;
    for (const Batch& pair : first_batches(images, 2, 50)) {
        for (const Scalar y : inputs_of(*net, pair.images, of_kind("ReLU"))[0].input.values()) {
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

Numbers learn_online(Workbench& bench, const std::string&, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", 3000, 4000);
    const auto net = make_net(dense("layer"), seed);
    bench.train(*net, digits, {.rate = 0.01, .steps = 3000, .batch = 1}, seed);
    return {{"accuracy", {100 * test_accuracy(*net, digits)}}};
}

}  // namespace

Evidence examine_few_images(Workbench& bench) {
    const std::string online = "layer norm, one image at a time";
    const Trials runs(bench, {online}, learn_online);
    return {.checks = {proof("one-image", {52},
                             {"with one value per channel, batch norm refuses a single image (1: yes)",
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
                       proof("online", {58},
                             {"accuracy of layer norm, learning from one image at a time",
                              "이미지를 하나씩 학습한 레이어 정규화의 정확도"},
                             runs.of(online, "accuracy"), at_least(70))
                           .in("%")}};
}

}  // namespace normlab
