// Where in a block the norm belongs: before the activation, behind it, before the convolution, or not everywhere.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"

namespace normlab {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with, std::size_t from) {
    for (std::size_t at = text.find(what, from); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

// The norms behind the first three convolutions alone.
std::string first_half() {
    const std::string layers = vgg6(), norm = R"({"type":"norm"})";
    std::size_t third = 0;
    for (int i = 0; i < 3; ++i) third = layers.find(norm, third) + norm.size();
    return replaced(layers, norm, R"({"type":"identity"})", third);
}

// The same net with other initial weights, as these follow from the layers' numbers.
std::string renumbered() {
    return R"([{"type":"identity"},)" + vgg6().substr(1);
}

struct Place {
    std::string name;
    Words title;
    std::string layers, norm;
    double rate;
    int colour;
    operator std::string() const { return name; }
};
const std::string kBefore = "before", kBehind = "behind", kFirst = "first", kHalf = "half", kNone = "none",
                  kTwin = "before, other weights", kSlowBefore = "before, rate 0.1", kSlowBehind = "behind, rate 0.1",
                  kSlowNone = "none, rate 0.1";
std::vector<Place> places() {
    const std::string behind = vgg6("kaiming_normal", Order::conv_act_norm);
    return {{kBefore, {"conv, norm, ReLU", "합성곱, 정규화, ReLU"}, vgg6(), "batch", 0.3, colours::kBatch},
            {kBehind, {"conv, ReLU, norm", "합성곱, ReLU, 정규화"}, behind, "batch", 0.3, colours::kGroup},
            {kFirst,
             {"norm, ReLU, conv", "정규화, ReLU, 합성곱"},
             vgg6("kaiming_normal", Order::norm_act_conv),
             "batch",
             0.3,
             colours::kLayer},
            {kHalf, {"in the first half only", "앞쪽 절반에만"}, first_half(), "batch", 0.3, colours::kInstance},
            {kNone, title_of("none"), vgg6(), "none", 0.3, colours::kNone},
            {kTwin, {}, renumbered(), "batch", 0.3, colours::kOther},
            {kSlowBefore, {}, vgg6(), "batch", 0.1, colours::kBatch},
            {kSlowBehind, {}, behind, "batch", 0.1, colours::kGroup},
            {kSlowNone, {}, vgg6(), "none", 0.1, colours::kNone}};
}

// What norms are fed with: the mean over channels of |skewness|, the share of zeros, and the distribution in
// deviations from the channel's mean.
Numbers look_at_inputs(Module& net, const Batch& batch) {
    double skewness = 0, channels = 0, zeros = 0;
    std::vector<double> standardized;
    for (const HeardInput& heard : inputs_of(net, batch.images, is_norm))
        for (Index c = 0; c < heard.input.shape()[1]; ++c) {
            const std::vector<double> values = channel_values(heard.input, c);
            double mean = 0, square = 0, cube = 0;
            for (const double x : values) mean += x / static_cast<double>(values.size());
            for (const double x : values) square += std::pow(x - mean, 2) / static_cast<double>(values.size());
            for (const double x : values) cube += std::pow(x - mean, 3) / static_cast<double>(values.size());
            if (square == 0) continue;
            skewness += std::abs(cube) / std::pow(square, 1.5), ++channels;
            zeros += static_cast<double>(std::ranges::count(values, 0.0)) / static_cast<double>(values.size());
            for (std::size_t i = 0; i < values.size(); i += 97)
                standardized.push_back((values[i] - mean) / std::sqrt(square));
        }
    const Histogram counts = histogram(standardized, -3, 5, 64);
    return {{"skewness", {skewness / channels}},
            {"zeros", {100 * zeros / channels}},
            {"at", counts.at},
            {"share", counts.share}};
}

constexpr std::size_t kSmoothed = 20;  // steps of which accuracies in training are averaged

Numbers train(Workbench& bench, const Place& place, std::uint64_t seed) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = place.layers, .norm = place.norm}, seed);
    const Recipe recipe{.rate = place.rate, .steps = 200, .cosine = true};
    const std::vector<double> of_steps =
        bench.train(*net, images, recipe, seed).accuracies_of(bench.steps(recipe.steps));
    std::vector<double> steps, accuracies;
    double sum = 0;
    for (std::size_t i = 0; i < of_steps.size(); ++i) {
        sum += 100 * of_steps[i] / kSmoothed;
        if ((i + 1) % kSmoothed == 0)
            accuracies.push_back(std::exchange(sum, 0)), steps.push_back(static_cast<double>(i + 1));
    }
    Numbers found = place.name == kBefore || place.name == kBehind
                        ? look_at_inputs(*net, first_batches(images, 256, 1, seed)[0])
                        : Numbers{};
    found["accuracy"] = {100 * test_accuracy(*net, images)};
    found["steps"] = std::move(steps), found["training"] = std::move(accuracies);
    return found;
}

Plot curves(const Trials& runs) {
    Plot plot{
        .title = {"Accuracy in training, rate 0.3", "학습 정확도, 학습률 0.3"}, .x = {"step", "걸음"}, .y = {"%", "%"}};
    for (const Place& place : places())
        if (!place.title.en.empty())
            plot.curves.push_back(runs.curve(place, "training", place.title, runs.list(place, "steps"), place.colour));
    return plot;
}

Plot distributions(const Trials& runs) {
    Plot plot{.title = {"What the norms are fed with, after training", "학습 뒤 정규화에 들어오는 값"},
              .x = {"deviations from the channel's mean", "채널 평균에서 떨어진 정도 (표준편차)"},
              .y = {"share of the values", "값의 비율"}};
    for (const Place& place : places())
        if (place.name == kBefore || place.name == kBehind)
            plot.curves.push_back(bars(place.title, {runs.list(place, "at"), runs.list(place, "share")}, place.colour));
    return plot;
}

Evidence examine_placement(Workbench& bench) {
    const Trials runs(bench, places(), train);
    const auto lead = [&](const std::string& a, const std::string& b) { return runs.difference(a, b, "accuracy"); };

    Evidence found;
    found.checks = {
        proof("before", {47}, {"norm before ReLU − no norm, rate 0.3", "ReLU 앞 정규화 − 정규화 없음, 학습률 0.3"},
              lead(kBefore, kNone), at_least(5))
            .in("points"),
        report("before-slow", {47}, {"the same, rate 0.1", "같은 차이, 학습률 0.1"}, lead(kSlowBefore, kSlowNone))
            .in("points"),
        report("half", {47},
               {"before ReLU everywhere − in the first half of the net only, rate 0.3",
                "모든 ReLU 앞 − 앞쪽 절반에만, 학습률 0.3"},
               lead(kBefore, kHalf))
            .in("points"),
        limit("behind", {47}, {"norm behind ReLU − before it, rate 0.3", "ReLU 뒤 − 앞, 학습률 0.3"},
              lead(kBehind, kBefore), at_least(-0.5))
            .in("points"),
        limit("behind-slow", {47}, {"the same, rate 0.1", "같은 차이, 학습률 0.1"}, lead(kSlowBehind, kSlowBefore),
              at_least(-0.5))
            .in("points"),
        report("first", {47},
               {"norm and ReLU before the convolution − conv, norm, ReLU, rate 0.3",
                "정규화와 ReLU가 합성곱 앞 − 합성곱, 정규화, ReLU, 학습률 0.3"},
               lead(kFirst, kBefore))
            .in("points"),
        proof("skewness", {47},
              {"mean |skewness| of what is normalized: behind ReLU − before it",
               "정규화에 들어오는 값의 |왜도| 평균: ReLU 뒤 − 앞"},
              minus(runs.of(kBehind, "skewness"), runs.of(kBefore, "skewness")), at_least(0)),
        report("zeros", {47},
               {"zeros among what is normalized behind ReLU", "ReLU 뒤에서 정규화에 들어오는 값 중 0의 비율"},
               runs.of(kBehind, "zeros"))
            .in("%"),
        control("twin",
                {"the same place from other initial weights − before ReLU", "다른 초기 가중치로 같은 위치 − ReLU 앞"},
                lead(kTwin, kBefore), between(-5, 5))
            .in("points"),
    };
    found.pictures = {curves(runs), distributions(runs)};
    return found;
}

}  // namespace

const Claim kPlacement = {
    .name = "placement",
    .question = {"Before or after the activation?", "활성화 함수 앞인가요, 뒤인가요?"},
    .statements = {47},
    .seconds = 90,
    .seeds = 5,
    .setting = {"six convolutions on 4,000 drawn digits, 200 steps of SGD with 64 images at rates 0.3 and 0.1, which "
                "fall to 0",
                "합성곱 6층, 그려진 숫자 4,000장, 이미지 64장씩 SGD 200걸음, 학습률 0.3과 0.1에서 0으로 감소"},
    .refutation = {"a norm before ReLU that brings nothing. The statement ends where a norm behind ReLU is as good",
                   "ReLU 앞의 정규화로 얻는 것이 없는 경우. ReLU 뒤의 정규화도 그만큼 좋으면 일부만 성립"},
    .sources = {"Ioffe & Szegedy 2015, section 3.2"},
    .real_data = nullptr,
    .examine = {examine_placement},
};

}  // namespace normlab
