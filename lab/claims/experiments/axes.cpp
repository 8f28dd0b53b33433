// Which outputs of a norm feel one pixel: the axes over which it takes its mean, measured.
#include <cmath>
#include <tuple>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/images.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "layers/layer_norm.h"
#include "layers/norm.h"

namespace normlab {
namespace {

constexpr Index kImages = 4, kChannels = 8;
const Shape kShape = {kImages, kChannels, 4, 4};

// How much the outputs of each image and channel change if one pixel of image 0, channel 0 does: 0 where they do not
// feel it.
std::vector<double> felt(Module& norm) {
    const Tensor x = noise(kShape, 1);
    Tensor changed = x.clone();
    changed.mutable_data()[0] += 1;
    const std::vector<Scalar> before = norm(x).value().values(), after = norm(changed).value().values();
    std::vector<double> largest(static_cast<std::size_t>(kImages * kChannels));
    const std::size_t pixels = before.size() / largest.size();
    for (std::size_t i = 0; i < before.size(); ++i)
        largest[i / pixels] = std::max(largest[i / pixels], std::abs(double{after[i]} - double{before[i]}));
    return largest;
}

struct Case {
    Words name;
    Norm norm;
    Index images, channels;  // that share the first pixel's mean
};
const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {{"batch", "배치"}, {.type = NormType::batch}, kImages, 1},
        {{"ghost (2)", "고스트 (2)"}, {.type = NormType::ghost_batch, .virtual_batch_size = 2}, 2, 1},
        {{"instance", "인스턴스"}, {.type = NormType::instance}, 1, 1},
        {{"group (4)", "그룹 (4)"}, {.type = NormType::group, .groups = 4}, 1, 2},
        {{"layer", "레이어"}, {.type = NormType::layer}, 1, kChannels},
        {{"none", "없음"}, {.type = NormType::none}, 1, 1}};
    return all;
}

// In how many places the outputs that feel the pixel are others than the formula's.
double wrong_places(const std::vector<double>& map, Index images, Index channels) {
    double wrong = 0;
    for (Index n = 0; n < kImages; ++n)
        for (Index c = 0; c < kChannels; ++c)
            wrong += (map[static_cast<std::size_t>(n * kChannels + c)] > 0) != (n < images && c < channels);
    return wrong;
}

Map map_of(const Words& name, const Words& mode, const std::vector<double>& values) {
    Map map{.title = {name.en + ", " + mode.en, name.ko + ", " + mode.ko},
            .row_title = {"image", "이미지"},
            .column_title = {"channel", "채널"},
            .values = values};
    for (Index n = 0; n < kImages; ++n) map.rows.push_back(std::to_string(n));
    for (Index c = 0; c < kChannels; ++c) map.columns.push_back(std::to_string(c));
    return map;
}

// The largest distance of a set's mean from 0 and of its deviation from 1; a set is `size` numbers that follow each
// other when the tensor is written in PyTorch's order.
double off_standard(const std::vector<Scalar>& values, std::size_t size) {
    double off = 0;
    for (std::size_t first = 0; first < values.size(); first += size) {
        double sum = 0, squares = 0;
        for (std::size_t i = first; i < first + size; ++i) sum += values[i], squares += double{values[i]} * values[i];
        const double count = static_cast<double>(size), mean = sum / count;
        off = std::max({off, std::abs(mean), std::abs(std::sqrt(squares / count - mean * mean) - 1)});
    }
    return off;
}

// How much of its output's length an image's output changes if its contrast is three times as large and it is lighter.
double change_by_contrast(const Norm& norm) {
    const auto layer = make_norm(norm, kChannels);
    const Tensor x = noise(kShape, 1);
    Tensor lighter = x.clone();
    const Index image = x.elements() / kImages;
    for (Index i = 0; i < image; ++i) lighter.mutable_data()[i] = 3 * x.data()[i] + 2;
    const Tensor before = (*layer)(x).value(), after = (*layer)(lighter).value();
    double change = 0, whole = 0;
    for (Index i = 0; i < image; ++i) {
        change += std::pow(double{after.data()[i]} - double{before.data()[i]}, 2);
        whole += std::pow(double{before.data()[i]}, 2);
    }
    return std::sqrt(change / whole);
}

// Points of accuracy that VGG6 loses when each test image is in another light: less contrast, more brightness.
Numbers lost_in_another_light(Workbench& bench, const std::string& norm, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = vgg6(), .norm = norm}, seed);
    bench.train(*net, digits, {.rate = 0.2, .steps = 150}, seed);
    DataSet lit = digits;
    lit.split.test = corrupted(std::move(lit.split.test), {Light{}}, seed);
    const double clean = 100 * test_accuracy(*net, digits);
    return {{"clean", {clean}}, {"lost", {clean - 100 * test_accuracy(*net, lit)}}};
}

Evidence examine_axes(Workbench& bench) {
    Evidence found;
    for (const bool training : {true, false})
        for (const Case& each : cases()) {
            const auto norm = make_norm(each.norm, kChannels);
            training ? norm->train() : norm->eval();
            const std::vector<double> map = felt(*norm);
            const bool depends_on_batch = each.images > 1;  // in evaluation it uses constants: a pixel feels itself
            const double wrong =
                training || !depends_on_batch ? wrong_places(map, each.images, each.channels) : wrong_places(map, 1, 1);
            const Words mode = training ? Words{"training", "학습"} : Words{"evaluation", "추론"};
            found.checks.push_back(proof("map-" + each.name.en + (training ? "" : "-eval"), {54},
                                         {"wrong cells of the map: " + each.name.en + ", " + mode.en,
                                          "공식과 다른 칸의 수: " + each.name.ko + ", " + mode.ko},
                                         {wrong}, at_most(0)));
            found.pictures.push_back(map_of(each.name, mode, map));
        }

    const Tensor x = noise({2, 32, 8, 8}, 2);
    LayerNorm element_wise({.normalized_shape = {32, 8, 8}});
    const Tensor batch = (*make_norm({.type = NormType::batch}, 32))(x).value();
    const Moments of_batch = moments_of(batch);
    double off_batch = 0;
    for (std::size_t c = 0; c < 32; ++c)
        off_batch = std::max({off_batch, std::abs(of_batch.mean[c]), std::abs(std::sqrt(of_batch.variance[c]) - 1)});
    const double off_layer = off_standard(element_wise(x).value().values(), 32 * 64);
    const double off_group = off_standard((*make_norm({.type = NormType::group}, 32))(x).value().values(), 4 * 64);
    found.checks.push_back(proof("standard", {55},
                                 {"largest distance of a mean from 0 or a deviation from 1, of three norms",
                                  "세 정규화에서 평균과 0, 표준편차와 1의 최대 차이"},
                                 {std::max({off_batch, off_layer, off_group})}, at_most(1e-3)));
    const double parameters = static_cast<double>(count_parameters(element_wise));
    found.checks.push_back(proof("element-wise", {56},
                                 {"parameters of LayerNorm([32,8,8])", "LayerNorm([32,8,8])의 파라미터 수"},
                                 {parameters}, between(4096, 4096)));
    for (const auto& [id, type, name] :
         {std::tuple{"contrast-instance", NormType::instance, Words{"instance", "인스턴스"}},
          {"contrast-layer", NormType::layer, {"layer", "레이어"}},
          {"contrast-group", NormType::group, {"group", "그룹"}}})
        found.checks.push_back(proof(
            id, {57},
            {"change of an image's output by another contrast: " + name.en, "대비를 바꿨을 때 출력의 변화: " + name.ko},
            {change_by_contrast({.type = type})}, at_most(1e-3)));
    found.checks.push_back(control("contrast-batch", {"the same of batch norm", "같은 변화, 배치 정규화"},
                                   {change_by_contrast({.type = NormType::batch})}, at_least(0.3)));

    const std::string with_batch = "batch", with_instance = "instance";
    const Trials runs(bench, {with_batch, with_instance}, lost_in_another_light);
    found.checks.push_back(
        proof(
            "light", {57},
            {"half of what VGG6 with batch norm loses on test images in another light − what it loses with instance "
             "norm",
             "밝기와 대비가 달라진 테스트 이미지에서 배치 정규화가 잃는 정확도의 절반 − 인스턴스 정규화가 잃는 정확도"},
            minus(times(0.5, runs.of(with_batch, "lost")), runs.of(with_instance, "lost")), at_least(0))
            .in("points"));
    for (const auto& [name, norm] : {std::pair{with_batch, Words{"batch norm", "배치 정규화"}},
                                     {with_instance, {"instance norm", "인스턴스 정규화"}}}) {
        found.checks.push_back(
            report("lost-" + name, {57}, {"lost by " + norm.en, "잃는 정확도, " + norm.ko}, runs.of(name, "lost"))
                .in("points"));
        found.checks.push_back(
            report("accuracy-" + name, {57},
                   {"accuracy on the images as they are, " + norm.en, "그대로인 이미지의 정확도, " + norm.ko},
                   runs.of(name, "clean"))
                .in("%"));
    }
    return found;
}

}  // namespace

const Claim kAxes = {
    .name = "axes",
    .question = {"Which numbers share a mean?", "어떤 값들이 같은 평균을 나눠 쓰나요?"},
    .statements = {54, 55, 56, 57},
    .seconds = 20,
    .seeds = 5,
    .setting =
        {"one pixel of image 0, channel 0 of a made-up tensor (4,8,4,4) is changed, and the outputs that feel it "
         "are marked; VGG6 trained for 150 steps on 4000 drawn digits and tested on 1000 in another light",
         "임의의 텐서 (4,8,4,4)에서 이미지 0, 채널 0의 픽셀 하나를 바꾸고 영향을 받는 출력을 표시. 그려진 숫자 "
         "4000장으로 "
         "150걸음 학습한 VGG6를 밝기와 대비를 바꾼 1000장으로 시험"},
    .refutation = {"an output outside of the formula's set that changes by as much as one bit",
                   "공식이 말하는 집합 밖에서 1비트라도 바뀌는 출력"},
    .sources = {"Wu & He 2018, figure 2", "Ulyanov, Vedaldi & Lempitsky 2016"},
    .real_data = nullptr,
    .examine = {examine_axes},
};

}  // namespace normlab
