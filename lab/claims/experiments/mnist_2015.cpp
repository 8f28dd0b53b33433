// The experiment of the first paper on batch norm (Ioffe & Szegedy 2015, section 4.1): three layers of 100 sigmoids,
// with and without it. How fast do they learn, and how much do the sigmoids' inputs wander meanwhile?
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
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

struct Case {
    std::string norm;
    double rate;
    std::string name() const { return norm + ", rate " + std::to_string(rate).substr(0, 4); }
};

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
double wandering(const History& history) {
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

Numbers measure(Workbench& bench, const Setting& setting, const Case& each, std::uint64_t seed) {
    const auto net = make_net({.layers = mlp(3, 100, "sigmoid"), .norm = each.norm}, seed);
    const Tensor fixed = first_batches(setting.images, 400, 1)[0].images;
    Numbers found;
    std::array<std::vector<History>, 3> layers;
    for (auto& units : layers) units.resize(100);
    const auto look = [&](Index step) {
        found["step"].push_back(static_cast<double>(step));
        found["accuracy"].push_back(100 * test_accuracy(*net, setting.images));
        const TrainMode mode(*net);
        const auto inputs = inputs_of(*net, fixed, [](const Module& module) { return module.kind() == "Sigmoid"; });
        for (std::size_t layer = 0; layer < 3; ++layer)
            for (std::size_t unit = 0; unit < 100; ++unit)
                layers[layer][unit].push_back(
                    percentiles_of(channel_values(inputs[layer].input, static_cast<Index>(unit))));
    };
    const Index wanted = each.rate > 0 ? setting.steps : setting.steps / 20;
    const Index steps = bench.steps(wanted), every = std::max(steps / 40, Index{1});
    const Training training = bench.train(*net, setting.images, {.rate = each.rate, .steps = wanted, .batch = 60}, seed,
                                          [&](Index step, const Batch&) {
                                              if (step % every == 0) look(step);
                                          });
    look(steps);
    found["learned"] = {100 * training.mean_accuracy(50)};
    const Values& accuracies = found["accuracy"];  // at a constant rate it never rests, so the last ten looks count
    found["end"] = {
        sample_of(Values(accuracies.end() - std::min<std::ptrdiff_t>(10, std::ssize(accuracies)), accuracies.end()))
            .mean};
    for (std::vector<History>& units : layers) {
        Values all;
        for (const History& unit : units) all.push_back(wandering(unit));
        found["wandering"].push_back(median_of(all));
    }
    found["leaving"] = {static_cast<double>(std::ranges::count_if(layers[2], leaves_middle))};
    for (const auto& [low, median, high] : typical(layers[2]))
        found["low"].push_back(low), found["median"].push_back(median), found["high"].push_back(high);
    return found;
}

// Looks at which this accuracy was first reached, in steps, once for each seed; the run's length if it never was.
Values steps_to(const Trials& runs, std::size_t at, double accuracy, std::size_t seeds) {
    Values steps;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        const Values &accuracies = runs.list(at, "accuracy", seed), &step = runs.list(at, "step", seed);
        const auto reached = std::ranges::find_if(accuracies, [&](double a) { return a >= accuracy; });
        steps.push_back(reached == accuracies.end() ? step.back()
                                                    : step[static_cast<std::size_t>(reached - accuracies.begin())]);
    }
    return steps;
}

Picture bands(const Trials& runs, std::size_t at, const Words& title, int colour) {
    return Plot{
        .title = title,
        .x = {"steps", "걸음"},
        .y = {"input of one sigmoid: 15th to 85th percentile, median", "시그모이드 하나의 입력: 15~85 백분위와 중앙값"},
        .curves = {{.name = {"median", "중앙값"},
                    .x = runs.list(at, "step"),
                    .y = runs.list(at, "median"),
                    .low = runs.list(at, "low"),
                    .high = runs.list(at, "high"),
                    .colour = colour}}};
}

Evidence examine_mnist_2015(Workbench& bench) {
    const Setting setting = setting_of(bench);
    const std::size_t rates = setting.rates.size(), seeds = bench.seeds().size();
    std::vector<Case> cases;
    for (const char* norm : {"none", "batch"})
        for (const double rate : setting.rates) cases.push_back({norm, rate});
    cases.push_back({"none", 0});
    std::vector<std::string> names;
    for (const Case& each : cases) names.push_back(each.name());
    const Trials runs(bench, names,
                      [&](std::size_t at, std::uint64_t seed) { return measure(bench, setting, cases[at], seed); });
    const auto end = [&](std::size_t at) { return runs.of(at, "end"); };
    const auto best = [&](std::size_t first) {
        std::size_t found = first;
        for (std::size_t at = first; at < first + rates; ++at)
            if (sample_of(end(at)).mean > sample_of(end(found)).mean) found = at;
        return found;
    };
    const std::size_t none = 0, batch = rates, still = 2 * rates, none_best = best(none), batch_best = best(batch);
    const auto speed = [&](std::size_t slow, std::size_t fast, double accuracy) {
        return over(steps_to(runs, slow, accuracy, seeds), steps_to(runs, fast, accuracy, seeds));
    };
    const std::size_t same_rate = batch + none_best;
    const auto wandering_at = [&](std::size_t at, std::size_t layer) { return runs.of(at, "wandering", layer); };
    const std::string at_best = names[none_best] + " / " + names[batch_best], rate = names[none_best].substr(6);

    Evidence found;
    found.checks = {
        proof("steps-to-80", {15},
              {"steps to 80 % at rate 0.1, none / batch; a run that never gets there counts in full",
               "학습률 0.1에서 80 %까지의 걸음 수, 없음 / 배치. 끝까지 못 미치면 전체 걸음 수로 셈"},
              speed(none, batch, 80), at_least(2.3))
            .as_ratio()
            .from("batch norm alone is 2.3 times as fast in Ioffe & Szegedy 2015, section 4.2"),
        proof("steps-to-90", {15},
              {"steps to 90 %, each at its best rate: " + at_best,
               "90 %까지의 걸음 수, 각자 가장 좋은 학습률: " + at_best},
              speed(none_best, batch_best, 90), at_least(1.3))
            .as_ratio(),
        proof("accuracy", {15},
              {"accuracy in the end, batch − none, each at its best rate",
               "마지막 정확도, 배치 − 없음, 각자 가장 좋은 학습률"},
              minus(end(batch_best), end(none_best)), at_least(0))
            .in("points"),
        report("learned", {15}, {"the same on the batches learned from", "학습한 배치에서의 같은 차이"},
               minus(runs.of(batch_best, "learned"), runs.of(none_best, "learned")))
            .in("points"),
        proof("wandering", {21},
              {"wandering of the last sigmoids' inputs at rate 0.1, none / batch",
               "학습률 0.1에서 마지막 시그모이드 입력의 흔들림, 없음 / 배치"},
              over(wandering_at(none, 2), wandering_at(batch, 2)), at_least(2))
            .as_ratio(),
        proof("wandering-same-rate", {21},
              {"the same at the plain net's best, " + rate, "정규화 없는 망에 가장 좋은 " + rate + "에서"},
              over(wandering_at(none_best, 2), wandering_at(same_rate, 2)), at_least(2))
            .as_ratio(),
        proof("leaving", {21},
              {"of 100 last sigmoids, those whose input's median leaves [−1, 1] there, none − batch",
               "거기서 입력의 중앙값이 [−1, 1]을 벗어나는 마지막 시그모이드 (100개 중), 없음 − 배치"},
              minus(runs.of(none_best, "leaving"), runs.of(same_rate, "leaving")), at_least(10)),
        report("wandering-best", {21},
               {"wandering, each at its best rate, none / batch", "각자 가장 좋은 학습률에서의 흔들림, 없음 / 배치"},
               over(wandering_at(none_best, 2), wandering_at(batch_best, 2)))
            .as_ratio(),
        proof("deeper", {20},
              {"wandering without norm at rate 0.1, third layer / first",
               "학습률 0.1, 정규화 없는 망의 흔들림, 셋째 층 / 첫째 층"},
              over(wandering_at(none, 2), wandering_at(none, 0)), at_least(1))
            .as_ratio(),
        proof("deeper-best", {20}, {"the same at its best, " + rate, "가장 좋은 " + rate + "에서"},
              over(wandering_at(none_best, 2), wandering_at(none_best, 0)), at_least(1))
            .as_ratio(),
        control("still", {"wandering at rate 0", "학습률 0에서의 흔들림"}, wandering_at(still, 2), between(0, 0)),
    };
    if (bench.real() && bench.steps(setting.steps) == setting.steps)
        found.checks.push_back(control("as-published",
                                       {"accuracy of batch norm in the end", "배치 정규화의 마지막 정확도"},
                                       end(batch_best), between(97.5, 98.5))
                                   .in("%")
                                   .from("98.15 % in a reproduction of the experiment"));
    for (const std::size_t at : {none, none_best, batch, batch_best})
        found.checks.push_back(report("end-" + std::to_string(at), {15},
                                      {"accuracy in the end, " + names[at], "마지막 정확도, " + names[at]}, end(at))
                                   .in("%"));
    Plot speed_plot{.title = {"Test accuracy", "시험 정확도"}, .x = {"steps", "걸음"}, .y = {"%", "%"}};
    for (const auto& [at, colour] : {std::pair{none, colours::kNone},
                                     {none_best, colours::kOther},
                                     {batch, colours::kBatch},
                                     {batch_best, colours::kGroup}})
        speed_plot.curves.push_back(runs.curve(at, "accuracy", {names[at], names[at]}, runs.list(at, "step"), colour));
    found.pictures = {speed_plot,
                      bands(runs, none_best,
                            {"The input of a typical last sigmoid, " + names[none_best],
                             "전형적인 마지막 시그모이드의 입력, " + names[none_best]},
                            colours::kNone),
                      bands(runs, same_rate,
                            {"The input of a typical last sigmoid, " + names[same_rate],
                             "전형적인 마지막 시그모이드의 입력, " + names[same_rate]},
                            colours::kBatch)};
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
    .examine = examine_mnist_2015,
};

}  // namespace normlab
