// What eval() is for: in train mode the answer to an image depends on the images beside it.
#include "lab/claims/experiments/eval.h"

#include <algorithm>
#include <cmath>

#include "datasets/shuffle.h"
#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/fit.h"
#include "lab/claims/workbench/weights.h"
#include "lab/model/evaluation.h"
#include "lab/text/statistics.h"
#include "layers/batch_norm2d.h"

namespace normlab {

NetPlan tested_plan(const std::string& name) {
    if (name == kConv) return {.layers = vgg6()};
    return {.layers = mlp(3, 100, "relu"), .norm = name == kDense ? "batch" : R"({"type":"group","groups":10})"};
}

std::unique_ptr<Module> trained_net(Workbench& bench, const std::string& name, std::uint64_t seed) {
    auto net = make_net(tested_plan(name), seed);
    const Recipe recipe{.rate = 0.2, .steps = name == kConv ? 150 : 300};
    bench.train(*net, bench.images("digits", 4000, 1000), recipe, seed);
    return net;
}

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

namespace {

const std::vector<double> kCrowds = {16, 32, 64, 128, 256, 4};  // sizes of the batches around one image

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

Numbers in_company(Workbench& bench, const std::string& name, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", 4000, 1000);
    const auto net = trained_net(bench, name, seed);
    const Tensor images = whole(digits.split.test, digits.scale).images;
    const Places order = shuffled(stream_named(seed, "test"), 0, digits.split.test.size());
    const Places some(order.begin(), order.begin() + 100);
    Numbers found;
    net->eval();
    const Tensor evaluated = answers(*net, images, some, 100), alone = answers(*net, images, {0}, 1);
    found["alone"] = std::vector<double>(alone.data(), alone.data() + 10);
    found["company"] = {change_by_company(*net, images, some, 1)};

    const TrainMode mode(*net);
    const Tensor trained = answers(*net, images, some, 100);
    found["gap"] = {distance(trained, evaluated) / length(trained)};
    found["company-in-train"] = {change_by_company(*net, images, some, name == kDense ? 2 : 1)};
    for (const double size : kCrowds) {
        if (name == kConv) break;
        double variance = 0;
        for (const Sample& logit : in_a_crowd(*net, images, size)) {
            found["mean"].push_back(logit.mean), found["deviation"].push_back(*logit.deviation);
            variance += std::pow(*logit.deviation, 2) / 10;
        }
        found["spread"].push_back(std::sqrt(variance));
    }
    return found;
}

// The power of the batch's size as which spreads grow, but for the last size.
double exponent(std::vector<double> spreads) {
    std::vector<double> sizes = kCrowds;
    sizes.pop_back(), spreads.pop_back();
    for (std::vector<double>* list : {&sizes, &spreads})
        for (double& each : *list) each = std::log(each);
    return line_through(sizes, spreads).slope;
}

Picture one_image(const Trials& runs) {
    const std::vector<double> classes = count_up(0, 10);
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
    plot.curves.push_back(points({.name = {"alone, eval()", "혼자, eval()"},
                                  .x = classes,
                                  .y = runs.list(kDense, "alone"),
                                  .colour = colours::kTheory}));
    return plot;
}

Evidence examine_eval(Workbench& bench) {
    const Trials runs(bench, {kConv, kDense, kDenseGroup}, in_company);
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
               "그 배치의 학습 모드와 추론 모드 출력의 차이 / 출력의 크기"},
              {distance(in_train, in_eval) / length(in_train)}, at_least(0.5)),
        proof("gap", {12, 14}, {"the same of the logits of a trained MLP", "학습한 MLP의 로짓에서 같은 비율"},
              runs.of(kDense, "gap"), at_least(0.01)),
        proof("noise", {14},
              {"exponent of a logit's spread over the size m of the batch around it, m = 16 to 256",
               "배치 크기 m = 16~256에 대한 로짓 산포의 지수"},
              runs.of(kDense, "spread", exponent), between(-0.6, -0.4))
            .from("1/√m"),
        proof("no-noise", {14}, {"spread in batches of 4, group norm", "배치 4에서의 산포, 그룹 정규화"},
              runs.of(kDenseGroup, "spread", kCrowds.size() - 1), at_most(0)),
        proof("no-gap", {14},
              {"difference of the logits in train and eval() mode, group norm",
               "학습 모드와 추론 모드 로짓의 차이, 그룹 정규화"},
              runs.of(kDenseGroup, "gap"), at_most(0)),
    };
    found.pictures = {one_image(runs)};
    found.remarks = {
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
    .examine = {examine_forgotten_eval, examine_eval},
};

}  // namespace normlab
