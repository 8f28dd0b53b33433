// What a forgotten eval() costs: how much accuracy, in batches of which size.
#include <algorithm>

#include "datasets/shuffle.h"
#include "framework/support/error.h"
#include "lab/claims/experiments/eval.h"
#include "lab/model/evaluation.h"

namespace normlab {
namespace {

const std::vector<double> kSizes = {2, 4, 8, 32, 256};  // of the batches

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

struct Tested {
    std::string net;
    operator std::string() const { return net + ", tested"; }
};
const Tested kTestedConv{kConv}, kTestedDense{kDense}, kTestedGroup{kDenseGroup};

Numbers test(Workbench& bench, const Tested& tested, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", 4000, 1000);
    const auto net = trained_net(bench, tested.net, seed);
    const Batch all = whole(digits.split.test, digits.scale);
    const Places order = shuffled(stream_named(seed, "test"), 0, digits.split.test.size());
    Numbers found;
    net->eval();
    for (const double size : kSizes) found["eval"].push_back(accuracy(*net, all, order, size));
    const TrainMode mode(*net);
    found["lost"] = {lost_by_class(*net, all)};
    for (const double size : kSizes) found["train"].push_back(accuracy(*net, all, order, size));
    return found;
}

// What a net says that cannot take one image in train mode; empty if it can.
std::string error_of_one_image(Workbench& bench, const std::string& name) {
    const Batch one = first_batches(bench.images("digits", 4000, 1000), 1, 1)[0];
    try {
        (*make_net(tested_plan(name), 1))(one.images);
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
    const auto add = [&](const Tested& tested, const Words& name, int colour) {
        plot.curves.push_back(runs.curve(tested, "train", name, kSizes, colour));
        plot.curves.push_back(runs.curve(tested, "eval", {name.en + ", eval()", name.ko + ", eval()"}, kSizes, colour));
        plot.curves.back().style = Plot::Curve::Style::dashed;
    };
    add(kTestedDense, {"MLP, batch norm", "MLP, 배치 정규화"}, colours::kBatch);
    add(kTestedConv, {"VGG6, batch norm", "VGG6, 배치 정규화"}, colours::kOther);
    add(kTestedGroup, {"MLP, group norm", "MLP, 그룹 정규화"}, colours::kGroup);
    return plot;
}

}  // namespace

Evidence examine_forgotten_eval(Workbench& bench) {
    const Trials runs(bench, {kTestedConv, kTestedDense, kTestedGroup}, test);
    const auto lost = [&](std::size_t place) {
        return minus(runs.of(kTestedDense, "eval", place), runs.of(kTestedDense, "train", place));
    };
    const std::string dense_error = error_of_one_image(bench, kDense);

    Evidence found;
    found.checks = {
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
              {!dense_error.empty() && error_of_one_image(bench, kConv).empty() ? 1.0 : 0.0}, at_least(1)),
        proof("lost-by-class", {13},
              {"loss in train mode if each batch of 32 is of one class, VGG6",
               "학습 모드의 배치 32가 한 클래스만으로 되어 있을 때 잃는 정도, VGG6"},
              runs.of(kTestedConv, "lost"), at_least(10))
            .in("points"),
        control("lost-by-class-group", {"the same, MLP with group norm", "같은 값, 그룹 정규화를 쓴 MLP"},
                runs.of(kTestedGroup, "lost"), between(0, 0))
            .in("points"),
        report("accuracy", {13}, {"accuracy in eval() mode, MLP", "추론 모드의 정확도, MLP"},
               runs.of(kTestedDense, "eval"))
            .in("%"),
    };
    found.pictures = {accuracies(runs)};
    found.remarks = {{"What the MLP answers to one image in train mode: " + dense_error,
                      "학습 모드에서 이미지 한 장을 받은 MLP의 답: " + dense_error}};
    return found;
}

}  // namespace normlab
