// The experiment of the first paper on batch norm (Ioffe & Szegedy 2015, section 4.1): three layers of 100 sigmoids,
// with and without it. How fast do they learn, and how much do the sigmoids' inputs wander meanwhile?
#include <algorithm>
#include <array>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/images.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"
#include "lab/text/statistics.h"

namespace normlab {
namespace {

using Values = std::vector<double>;

// What is trained, how long, and how often it is looked at.
struct Setting {
    DataSet images;
    Index steps;
    Values rates;
};
Setting setting_of(Workbench& bench) {
    if (!bench.real()) return {bench.images("digits", 12'000, 1000), 2000, {0.1, 0.3, 1, 3}};
    DataSet mnist = bench.images("mnist");
    for (ImageSet* set : {&mnist.split.train, &mnist.split.test}) *set = corrupted(std::move(*set), {Threshold{}});
    mnist.scale = scale_of(mnist.split.train);
    return {std::move(mnist), 50'000, {0.1, 1}};
}

// "no norm, rate 0.1"
Words called(const Run& run) {
    const Words norm = title_of(run.norm);
    return {norm.en + ", rate " + text_of(run.rate), norm.ko + ", 학습률 " + text_of(run.rate)};
}

// The {15, 50, 85}th percentiles of one unit's input over a set of images.
struct Percentiles {
    double low, median, high;
};
Percentiles percentiles_of(Values values) {
    std::ranges::sort(values);
    const auto at = [&](double share) {
        return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    };
    return {at(0.15), at(0.5), at(0.85)};
}
using History = std::vector<Percentiles>;  // of one unit, look by look

// How much a unit's input wanders from look to look, in units of its width:
//   D = mean over looks of |median_t − median_{t−1}| + |width_t − width_{t−1}|,  by the mean width (85 − 15)
double wandering_of(const History& history) {
    double moved = 0, width = 0;
    for (std::size_t t = 0; t < history.size(); ++t) {
        const auto& [low, median, high] = history[t];
        width += (high - low) / static_cast<double>(history.size());
        if (t == 0) continue;
        const Percentiles& before = history[t - 1];
        moved += (std::abs(median - before.median) + std::abs(high - low - (before.high - before.low))) /
                 static_cast<double>(history.size() - 1);
    }
    return moved / width;
}

double range_of_median(const History& history) {
    const auto [least, largest] = std::ranges::minmax(history, {}, &Percentiles::median);
    return largest.median - least.median;
}

// The unit whose median covers the typical range: half of the others move more.
const History& typical(std::vector<History>& units) {
    std::ranges::sort(units, {}, range_of_median);
    return units[units.size() / 2];
}

bool leaves_middle(const History& history) {
    return std::ranges::any_of(history, [](const Percentiles& each) { return std::abs(each.median) > 1; });
}

// Ratios of steps are compared, so each test comes 5 % more steps after the last.
bool due(Index step, const Values& tested) {
    return tested.empty() || static_cast<double>(step) >= 1.05 * tested.back();
}

// At a constant rate the accuracy never rests, so the last quarter of the steps counts.
double late_mean_of(const Values& accuracies, const Values& tested) {
    const auto late = std::ranges::lower_bound(tested, 0.75 * tested.back()) - tested.begin();
    return mean_of(Values(accuracies.begin() + late, accuracies.end()));
}

Numbers measure(Workbench& bench, const Run& run, std::uint64_t seed) {
    const Setting setting = setting_of(bench);
    const auto net = make_net({.layers = mlp(3, 100, "sigmoid"), .norm = run.norm}, seed);
    const Tensor fixed = first_batches(setting.images, 400, 1)[0].images;
    Numbers found;
    std::array<std::vector<History>, 3> layers;
    for (auto& units : layers) units.resize(100);
    const auto look = [&](Index step) {
        found["looked"].push_back(static_cast<double>(step));
        const TrainMode mode(*net);
        const auto inputs = inputs_of(*net, fixed, of_kind("Sigmoid"));
        for (std::size_t layer = 0; layer < 3; ++layer)
            for (std::size_t unit = 0; unit < 100; ++unit)
                layers[layer][unit].push_back(
                    percentiles_of(channel_values(inputs[layer].input, static_cast<Index>(unit))));
    };
    Values &tested = found["tested"], &accuracies = found["accuracy"];
    const auto test = [&](Index step) {
        tested.push_back(static_cast<double>(step));
        accuracies.push_back(100 * test_accuracy(*net, setting.images));
    };
    const Index wanted = run.rate > 0 ? setting.steps : setting.steps / 20;
    const Index steps = bench.steps(wanted), every = std::max(steps / 40, Index{1});
    const Training training = bench.train(*net, setting.images, {.rate = run.rate, .steps = wanted, .batch = 60}, seed,
                                          [&](Index step, const Batch&) {
                                              if (step % every == 0) look(step);
                                              if (due(step, tested)) test(step);
                                          });
    look(steps);
    test(steps);
    found["learned"] = {100 * training.mean_accuracy(50)};
    found["end"] = {late_mean_of(accuracies, tested)};
    for (std::vector<History>& units : layers) {
        Values all;
        for (const History& unit : units) all.push_back(wandering_of(unit));
        found["wandering"].push_back(median_of(all));
    }
    found["leaving"] = {static_cast<double>(std::ranges::count_if(layers[2], leaves_middle))};
    for (const auto& [low, median, high] : typical(layers[2]))
        found["low"].push_back(low), found["median"].push_back(median), found["high"].push_back(high);
    return found;
}

// The steps after which a test first showed this accuracy, once for each seed; the run's length if none did.
Values steps_to(const Workbench& bench, const Trials& runs, const Run& at, double accuracy) {
    Values steps;
    for (std::size_t seed = 0; seed < bench.seeds().size(); ++seed) {
        const Values &accuracies = runs.list(at, "accuracy", seed), &step = runs.list(at, "tested", seed);
        const auto reached = std::ranges::find_if(accuracies, [&](double a) { return a >= accuracy; });
        steps.push_back(reached == accuracies.end() ? step.back()
                                                    : step[static_cast<std::size_t>(reached - accuracies.begin())]);
    }
    return steps;
}

Picture bands(const Trials& runs, const Run& at) {
    return Plot{
        .title = {"The input of a typical last sigmoid, " + called(at).en,
                  "전형적인 마지막 시그모이드의 입력, " + called(at).ko},
        .x = {"steps", "걸음"},
        .y = {"input of one sigmoid: 15th to 85th percentile, median", "시그모이드 하나의 입력: 15~85 백분위와 중앙값"},
        .curves = {{.name = {"median", "중앙값"},
                    .x = runs.list(at, "looked"),
                    .y = runs.list(at, "median"),
                    .low = runs.list(at, "low"),
                    .high = runs.list(at, "high"),
                    .colour = colour_of(at.norm)}}};
}

Evidence examine_mnist_2015(Workbench& bench) {
    const Setting setting = setting_of(bench);
    const Run none{"sigmoids", "none", setting.rates[0]}, batch = none.with("batch"), still{"sigmoids", "none", 0};
    std::vector<Run> cases = {still};
    for (const char* norm : {"none", "batch"})
        for (const double rate : setting.rates) cases.push_back({"sigmoids", norm, rate});
    const Trials runs(bench, cases, measure);
    const auto best = [&](const std::string& norm) {
        Run found{"sigmoids", norm, setting.rates[0]};
        for (const Run& run : cases)
            if (run.norm == norm && mean_of(runs.of(run, "end")) > mean_of(runs.of(found, "end"))) found = run;
        return found;
    };
    const Run none_best = best("none"), batch_best = best("batch"), same_rate = none_best.with("batch");
    const auto steps = [&](const Run& run, double accuracy) { return steps_to(bench, runs, run, accuracy); };
    const auto wandering = [&](const Run& run, std::size_t layer) { return runs.of(run, "wandering", layer); };
    const Words at_best = {called(none_best).en + " / " + called(batch_best).en,
                           called(none_best).ko + " / " + called(batch_best).ko};
    const std::string rate = text_of(none_best.rate);

    Evidence found;
    found.checks = {
        proof("steps-to-80", {15},
              {"steps to 80 % at rate 0.1, none / batch; a run that never gets there counts in full",
               "학습률 0.1에서 80 %까지의 걸음 수, 없음 / 배치. 끝까지 못 미치면 전체 걸음 수로 셈"},
              over(steps(none, 80), steps(batch, 80)), at_least(2.3))
            .as_ratio()
            .from("Ioffe & Szegedy 2015, 4.2: 2.3"),
        proof("steps-to-90", {15},
              {"steps to 90 %, each at its best rate: " + at_best.en,
               "90 %까지의 걸음 수, 각자 가장 좋은 학습률: " + at_best.ko},
              over(steps(none_best, 90), steps(batch_best, 90)), at_least(1.3))
            .as_ratio(),
        proof("accuracy", {15},
              {"accuracy in the end, batch − none, each at its best rate",
               "마지막 정확도, 배치 − 없음, 각자 가장 좋은 학습률"},
              runs.difference(batch_best, none_best, "end"), at_least(0))
            .in("points"),
        report("learned", {15}, {"the same on the batches learned from", "학습한 배치에서의 같은 차이"},
               runs.difference(batch_best, none_best, "learned"))
            .in("points"),
        proof("wandering", {21},
              {"wandering of the last sigmoids' inputs at rate 0.1, none / batch",
               "학습률 0.1에서 마지막 시그모이드 입력의 흔들림, 없음 / 배치"},
              over(wandering(none, 2), wandering(batch, 2)), at_least(2))
            .as_ratio(),
        proof("wandering-same-rate", {21},
              {"the same at the plain net's best rate, " + rate, "정규화 없는 망에 가장 좋은 학습률 " + rate + "에서"},
              over(wandering(none_best, 2), wandering(same_rate, 2)), at_least(2))
            .as_ratio(),
        proof("leaving", {21},
              {"of 100 last sigmoids, those whose input's median leaves [−1, 1] there, none − batch",
               "거기서 입력의 중앙값이 [−1, 1]을 벗어나는 마지막 시그모이드 (100개 중), 없음 − 배치"},
              runs.difference(none_best, same_rate, "leaving"), at_least(10)),
        report("wandering-best", {21},
               {"wandering, each at its best rate, none / batch", "각자 가장 좋은 학습률에서의 흔들림, 없음 / 배치"},
               over(wandering(none_best, 2), wandering(batch_best, 2)))
            .as_ratio(),
        proof("deeper", {20},
              {"wandering without norm at rate 0.1, third layer / first",
               "학습률 0.1, 정규화 없는 망의 흔들림, 셋째 층 / 첫째 층"},
              over(wandering(none, 2), wandering(none, 0)), at_least(1))
            .as_ratio(),
        proof("deeper-best", {20}, {"the same at its best rate, " + rate, "가장 좋은 학습률 " + rate + "에서"},
              over(wandering(none_best, 2), wandering(none_best, 0)), at_least(1))
            .as_ratio(),
        control("still", {"wandering at rate 0", "학습률 0에서의 흔들림"}, wandering(still, 2), between(0, 0)),
    };
    if (bench.real() && bench.steps(setting.steps) == setting.steps)
        found.checks.push_back(control("as-published",
                                       {"accuracy of batch norm in the end", "배치 정규화의 마지막 정확도"},
                                       runs.of(batch_best, "end"), between(97.5, 98.5))
                                   .in("%")
                                   .from("Al13n0231/batch-normalization-reproduction: 98.15 %"));
    Plot speed{.title = {"Test accuracy", "테스트 정확도"}, .x = {"steps", "걸음"}, .y = {"%", "%"}};
    std::vector<std::pair<Run, int>> drawn = {{none, colours::kNone}};
    if (none_best.rate != none.rate) drawn.emplace_back(none_best, colours::kOther);
    drawn.emplace_back(batch, colours::kBatch);
    if (batch_best.rate != batch.rate) drawn.emplace_back(batch_best, colours::kGroup);
    for (const auto& [run, colour] : drawn) {
        speed.curves.push_back(runs.curve(run, "accuracy", called(run), runs.list(run, "tested"), colour));
        found.checks.push_back(report("end-" + run.norm + "-" + text_of(run.rate), {15},
                                      {"accuracy in the end, " + called(run).en, "마지막 정확도, " + called(run).ko},
                                      runs.of(run, "end"))
                                   .in("%"));
    }
    found.pictures = {speed, bands(runs, none_best), bands(runs, same_rate)};
    return found;
}

}  // namespace

const Claim kMnist2015 = {
    .name = "mnist-2015",
    .question = {"The experiment of the first paper: does batch norm train three layers of sigmoids faster?",
                 "2015년 첫 논문의 실험"},
    .statements = {15, 20, 21},
    .seconds = 90,
    .seeds = 5,
    .setting = {"three hidden layers of 100 sigmoids, batches of 60, 2000 steps on 12,000 drawn digits at four rates; "
                "with --real, 50,000 steps on MNIST in black and white, as in the paper",
                "100개씩 시그모이드 은닉층 셋, 배치 60, 그려진 숫자 12,000장에서 학습률 네 가지로 2000걸음. "
                "--real이면 논문처럼 흑백으로 바꾼 MNIST에서 50,000걸음"},
    .refutation = {"a plain net that is as fast, or whose last sigmoids get inputs as steady as behind batch norm",
                   "정규화 없이도 똑같이 빠르거나, 마지막 시그모이드의 입력이 똑같이 안정된 망"},
    .sources = {"Ioffe & Szegedy 2015, section 4.1 and figure 1"},
    .real_data = "mnist",
    .examine = {examine_mnist_2015},
};

}  // namespace normlab
