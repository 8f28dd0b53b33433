// What a forgotten eval() does: in train mode the answer to an image depends on the images beside it.
#include <algorithm>
#include <cmath>

#include "datasets/shuffle.h"
#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/fit.h"
#include "lab/claims/workbench/images.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "lab/claims/workbench/weights.h"
#include "lab/model/evaluation.h"
#include "lab/text/statistics.h"
#include "layers/batch_norm2d.h"

namespace normlab {
namespace {

using Places = std::vector<Index>;

enum { kConv, kDense, kGroup };
const std::vector<std::string> kCases = {"VGG6, batch", "MLP, batch", "MLP, group"};
NetPlan plan(std::size_t at) {
    if (at == kConv) return {.layers = vgg6()};
    return {.layers = mlp(3, 100, "relu"), .norm = at == kDense ? "batch" : R"({"type":"group","groups":10})"};
}

const std::vector<double> kSizes = {2, 4, 8, 32, 256};          // of the batches that a net is tested with
const std::vector<double> kCrowds = {16, 32, 64, 128, 256, 4};  // of the batches around one image

// What the net, in its mode, answers to the images at these places in batches of this size: a row for each image.
Tensor answers(Module& net, const Tensor& images, const Places& places, std::size_t size) {
    Tensor all = Tensor::zeros({images.shape()[0], 10});
    for (std::size_t first = 0; first < places.size(); first += size) {
        const auto batch = std::span(places).subspan(first, std::min(size, places.size() - first));
        const Tensor logits = net(picked(images, batch)).value();
        for (std::size_t i = 0; i < batch.size(); ++i)
            std::copy_n(logits.data() + static_cast<Index>(i) * 10, 10, all.mutable_data() + batch[i] * 10);
    }
    return all;
}

// In percent; what does not fill a batch is left out.
double accuracy(Module& net, const Batch& test, Places places, double of_batch) {
    const auto size = static_cast<std::size_t>(of_batch);
    places.resize(places.size() / size * size);
    const Tensor logits = answers(net, test.images, places, size);
    const auto right = std::ranges::count_if(places, [&](Index place) {
        return likeliest_class(logits, place) == test.labels[static_cast<std::size_t>(place)];
    });
    return 100 * static_cast<double>(right) / static_cast<double>(places.size());
}

// The largest change of a logit, by the largest logit, when the images come in smaller batches and in another order.
double change_by_company(Module& net, const Tensor& images, Places places, std::size_t smallest) {
    const Tensor together = answers(net, images, places, places.size());
    double largest = 0;
    for (const std::size_t size : {smallest, std::size_t{2}, std::size_t{7}, std::size_t{50}}) {
        std::ranges::reverse(places);
        largest = std::max(largest, largest_difference(together, answers(net, images, places, size)));
    }
    return largest / largest_difference(together, Tensor::zeros(together.shape()));
}

// Points that are lost if each batch of 32 is of one class instead of a mixture of the same images.
double lost_by_class(Module& net, const Batch& test) {
    Places sorted, mixed;
    for (int wanted = 0; wanted < 10; ++wanted) {
        for (std::size_t i = 0; i < test.labels.size(); ++i)
            if (test.labels[i] == wanted) sorted.push_back(static_cast<Index>(i));
        sorted.resize(sorted.size() / 32 * 32);
    }
    for (const Index i : shuffled(stream_named(1, "mixture"), 0, static_cast<Index>(sorted.size())))
        mixed.push_back(sorted[static_cast<std::size_t>(i)]);
    return accuracy(net, test, mixed, 32) - accuracy(net, test, sorted, 32);
}

// Mean and deviation of each logit of image 0 over 100 batches of others, drawn at random.
std::vector<Sample> in_a_crowd(Module& net, const Tensor& images, double size) {
    std::vector<std::vector<double>> logits(10);
    const RandomStream stream = stream_named(static_cast<std::uint64_t>(size), "crowd");
    for (std::uint64_t draw = 0; draw < 100; ++draw) {
        Places places = {0};
        for (std::uint64_t i = 1; i < static_cast<std::uint64_t>(size); ++i)
            places.push_back(below(images.shape()[0], random_words(stream, draw, i)[0]));
        const Tensor out = net(picked(images, places)).value();
        for (std::size_t k = 0; k < 10; ++k) logits[k].push_back(out.data()[k]);
    }
    std::vector<Sample> samples;
    for (const std::vector<double>& each : logits) samples.push_back(sample_of(each));
    return samples;
}

Numbers measure(Workbench& bench, std::size_t at, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", 4000, 1000);
    const auto net = make_net(plan(at), seed);
    bench.train(*net, digits, {.rate = 0.2, .steps = at == kConv ? 150 : 300}, seed);
    const Batch test = whole(digits.split.test, digits.scale);
    const Places order = shuffled(stream_named(seed, "test"), 0, digits.split.test.size());
    const Places some(order.begin(), order.begin() + 100);
    Numbers found;
    net->eval();
    const Tensor evaluated = answers(*net, test.images, some, 100), alone = answers(*net, test.images, {0}, 1);
    found["alone"] = std::vector<double>(alone.data(), alone.data() + 10);
    found["company"] = {change_by_company(*net, test.images, some, 1)};
    for (const double size : kSizes) found["eval"].push_back(accuracy(*net, test, order, size));

    const TrainMode mode(*net);
    const Tensor trained = answers(*net, test.images, some, 100);
    found["gap"] = {distance(trained, evaluated) / length(trained)};
    found["company-in-train"] = {change_by_company(*net, test.images, some, at == kDense ? 2 : 1)};
    found["lost"] = {lost_by_class(*net, test)};
    for (const double size : kSizes) found["train"].push_back(accuracy(*net, test, order, size));
    for (const double size : kCrowds) {
        if (at == kConv) break;
        double variance = 0;
        for (const Sample& logit : in_a_crowd(*net, test.images, size)) {
            found["mean"].push_back(logit.mean), found["deviation"].push_back(*logit.deviation);
            variance += std::pow(*logit.deviation, 2) / 10;
        }
        found["spread"].push_back(std::sqrt(variance));
    }
    return found;
}

std::vector<double> logarithms(std::vector<double> values) {
    for (double& value : values) value = std::log(value);
    return values;
}

// What a net says that cannot take one image in train mode; empty if it can.
std::string error_of_one_image(Workbench& bench, const NetPlan& plan) {
    const Batch one = first_batches(bench.images("digits", 4000, 1000), 1, 1)[0];
    try {
        (*make_net(plan, 1))(one.images);
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

Picture accuracies(const Trials& runs) {
    Plot plot{.title = {"Accuracy when tested in train mode", "학습 모드로 시험한 정확도"},
              .x = {"images in a batch", "배치의 이미지 수"},
              .y = {"%", "%"},
              .x_logarithmic = true};
    for (const auto& [at, colour] :
         {std::pair<std::size_t, int>{kDense, colours::kBatch}, {kConv, colours::kOther}, {kGroup, colours::kGroup}}) {
        const std::string name = kCases[at];
        plot.curves.push_back(runs.curve(at, "train", {name, name}, kSizes, colour));
        plot.curves.push_back(runs.curve(at, "eval", {name + ", eval()", name + ", eval()"}, kSizes, colour));
        plot.curves.back().style = Plot::Curve::Style::dashed;
    }
    return plot;
}

Picture one_image(const Trials& runs) {
    const std::vector<double> classes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    Plot plot{
        .title = {"One image's ten logits beside others, 100 times", "이웃을 100번 바꿔 본 한 이미지의 로짓 열 개"},
        .x = {"class", "클래스"},
        .y = {"logit, mean ± 2 deviations", "로짓, 평균 ± 표준편차 2배"}};
    for (const std::size_t crowd : {5, 1, 4}) {
        const auto part = [&](const std::string& name) {
            const auto first = runs.list(kDense, name).begin() + static_cast<std::ptrdiff_t>(10 * crowd);
            return std::vector<double>(first, first + 10);
        };
        const std::string size = std::to_string(static_cast<int>(kCrowds[crowd]));
        const std::vector<double> mean = part("mean"), reach = times(2, part("deviation"));
        plot.curves.push_back({.name = {"batches of " + size, "배치 " + size},
                               .x = classes,
                               .y = mean,
                               .low = minus(mean, reach),
                               .high = minus(mean, times(-1, reach)),
                               .colour = static_cast<int>(crowd),
                               .style = Plot::Curve::Style::points});
    }
    plot.curves.push_back({.name = {"alone, eval()", "혼자, eval()"},
                           .x = classes,
                           .y = runs.list(kDense, "alone"),
                           .colour = colours::kTheory,
                           .style = Plot::Curve::Style::points});
    return plot;
}

Evidence examine_eval(Workbench& bench) {
    const Trials runs(bench, kCases, [&](std::size_t at, std::uint64_t seed) { return measure(bench, at, seed); });
    const auto lost = [&](std::size_t place) {
        return minus(runs.of(kDense, "eval", place), runs.of(kDense, "train", place));
    };
    std::vector<double> exponents;
    for (std::size_t seed = 0; seed < bench.seeds().size(); ++seed) {
        std::vector<double> sizes = logarithms(kCrowds), spreads = logarithms(runs.list(kDense, "spread", seed));
        sizes.pop_back(), spreads.pop_back();
        exponents.push_back(line_through(sizes, spreads).slope);
    }
    const std::string dense_error = error_of_one_image(bench, plan(kDense));
    BatchNorm2d norm({.num_features = 16});
    const Tensor x = noise({4, 16, 8, 8}, 1, 5, 3), in_train = norm(x).value();
    norm.eval();
    const Tensor in_eval = norm(x).value();

    Evidence found;
    found.checks = {
        proof("company", {11},
              {"change of an MLP's logits in eval() mode by the batch's size and order, by the largest logit",
               "추론 모드에서 배치 크기와 순서에 따른 MLP 로짓의 변화 / 최대 로짓"},
              runs.of(kDense, "company"), at_most(0)),
        proof("company-conv", {11}, {"the same of VGG6", "같은 비율, VGG6"}, runs.of(kConv, "company"), at_most(1e-5)),
        control("company-in-train", {"the same of the MLP in train mode", "같은 비율, 학습 모드의 MLP"},
                runs.of(kDense, "company-in-train"), at_least(0.1)),
        proof("running-mean", {12},
              {"largest distance of the running mean from 0.5 after one batch of N(5, 3²)",
               "N(5, 3²)인 배치 하나를 본 뒤 이동 평균과 0.5의 최대 차이"},
              {largest_difference(norm.running.mean, Tensor::full({16}, 0.5))}, at_most(0.1)),
        proof("demonstration", {12},
              {"difference of that batch's outputs in train and eval() mode, by their length",
               "그 배치의 학습 모드와 추론 모드 출력의 차이 / 출력의 길이"},
              {distance(in_train, in_eval) / length(in_train)}, at_least(0.5)),
        proof("gap", {12, 14}, {"the same of the logits of a trained MLP", "학습한 MLP의 로짓에서 같은 비율"},
              runs.of(kDense, "gap"), at_least(0.01)),
        proof("lost-at-2", {13},
              {"accuracy that an MLP loses in train mode, batches of 2", "학습 모드에서 잃는 MLP의 정확도, 배치 2"},
              lost(0), at_least(20))
            .in("points"),
        proof("2-to-8", {13}, {"batches of 2 lose more than of 8, by", "배치 2가 배치 8보다 더 잃는 정도"},
              minus(lost(0), lost(2)), at_least(0))
            .in("points"),
        proof("8-to-32", {13}, {"batches of 8 more than of 32, by", "배치 8이 배치 32보다 더 잃는 정도"},
              minus(lost(2), lost(3)), at_least(0))
            .in("points"),
        proof("lost-at-256", {13}, {"loss with batches of 256", "배치 256에서 잃는 정도"}, lost(4), at_most(2))
            .in("points"),
        proof("one-image", {13},
              {"one image in train mode is an error for the MLP and none for VGG6 (1: yes)",
               "학습 모드의 이미지 한 장이 MLP에서는 오류이고 VGG6에서는 아님 (1: 예)"},
              {!dense_error.empty() && error_of_one_image(bench, plan(kConv)).empty() ? 1.0 : 0.0}, at_least(1)),
        proof("lost-by-class", {13},
              {"loss in train mode if each batch of 32 is of one class, VGG6",
               "학습 모드의 배치 32가 한 클래스만으로 되어 있을 때 잃는 정도, VGG6"},
              runs.of(kConv, "lost"), at_least(10))
            .in("points"),
        control("lost-by-class-group", {"the same, MLP with group norm", "같은 값, 그룹 정규화를 쓴 MLP"},
                runs.of(kGroup, "lost"), between(0, 0))
            .in("points"),
        proof("noise", {14},
              {"exponent of a logit's spread over the size m of the batch around it, m = 16 to 256",
               "배치 크기 m = 16~256에 대한 로짓 산포의 지수"},
              exponents, between(-0.6, -0.4))
            .from("the deviation of a mean of m values goes as 1/√m"),
        proof("no-noise", {14}, {"spread in batches of 4, group norm", "배치 4에서의 산포, 그룹 정규화"},
              runs.of(kGroup, "spread", kCrowds.size() - 1), at_most(0)),
        proof("no-gap", {14},
              {"difference of the logits in train and eval() mode, group norm",
               "학습 모드와 추론 모드 로짓의 차이, 그룹 정규화"},
              runs.of(kGroup, "gap"), at_most(0)),
        report("accuracy", {13}, {"accuracy in eval() mode, MLP", "추론 모드의 정확도, MLP"}, runs.of(kDense, "eval"))
            .in("%"),
    };
    found.pictures = {accuracies(runs), one_image(runs)};
    found.remarks = {
        {"What the MLP answers to one image in train mode: " + dense_error,
         "학습 모드에서 이미지 한 장을 받은 MLP의 답: " + dense_error},
        {"A convolution chooses its algorithm by the batch's size, so VGG6's logits may differ in their last "
         "bits; the MLP's do not differ in any.",
         "합성곱은 배치 크기에 따라 알고리즘을 고르므로 VGG6의 로짓은 끝 비트가 다를 수 있지만, MLP의 로짓은 "
         "한 비트도 다르지 않습니다."}};
    return found;
}

}  // namespace

const Claim kEval = {
    .name = "eval",
    .question = {"What happens if I forget eval()?", "eval()을 빼먹으면 어떻게 되나요?"},
    .statements = {11, 12, 13, 14},
    .seconds = 25,
    .seeds = 5,
    .setting = {"an MLP of three hidden layers of 100, with batch and with group norm, 300 steps at rate 0.2, and VGG6 "
                "with batch norm, 150 steps; 4000 drawn digits to learn from, 1000 to test in eval() and in train mode",
                "100개씩 은닉층 셋인 MLP를 배치 정규화와 그룹 정규화로 학습률 0.2에서 300걸음, 배치 정규화를 쓴 VGG6를 "
                "150걸음 "
                "학습. 그려진 숫자 4000장으로 학습하고 1000장을 추론 모드와 학습 모드로 시험"},
    .refutation = {"an image whose answer in eval() mode changes with its neighbours, or a small batch in train mode "
                   "that costs nothing",
                   "추론 모드인데 이웃 이미지에 따라 달라지는 답, 또는 학습 모드의 작은 배치에서도 그대로인 정확도"},
    .sources = {"Ioffe & Szegedy 2015, section 3.1", "Ioffe 2017, section 3"},
    .real_data = nullptr,
    .examine = examine_eval,
};

}  // namespace normlab
