// How large the learning rate may be, with batch norm and without.
//   accuracy   on the batches of the last 20 steps, before the net learns from them
//   R          the largest rate at which a net still comes to 70 % of its own best accuracy; between two rates of the
//              grid on the line from one accuracy to the other, over the rate's logarithm
#include <algorithm>
#include <cmath>
#include <functional>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/trials.h"
#include "lab/text/statistics.h"

namespace normlab {
namespace {

constexpr double kShare = 0.7;
constexpr std::size_t kSmoothed = 20;

struct Setting {
    NetPlan plan;
    const DataSet& images;
    std::vector<double> rates;
    double high;  // the rate at which a batch norm that computes nothing is tried
    Recipe recipe;
};
Setting setting(Workbench& bench) {
    if (bench.real())
        return {{.layers = vgg6("kaiming_normal", Order::conv_norm_act, {64, 128, 256}), .image = {3, 32, 32}},
                bench.images("cifar10"),
                {0.01, 0.03, 0.1, 0.3, 1, 3, 10},
                1,
                {.steps = 1500, .batch = 128}};
    return {{.layers = vgg6()}, bench.images("digits", 4000, 1000), {0.01, 0.03, 0.1, 0.3, 1, 3}, 1, {.steps = 150}};
}

const std::string kFrozen = R"({"type":"batch","trainable":false})";  // mean 0, variance 1, γ = 1, β = 0

// Means of the last steps.
std::vector<double> smoothed(const std::vector<double>& accuracies) {
    double sum = 0;
    std::vector<double> means;
    for (std::size_t i = 0; i < accuracies.size(); ++i) {
        sum += accuracies[i] - (i >= kSmoothed ? accuracies[i - kSmoothed] : 0);
        means.push_back(sum / static_cast<double>(std::min(i + 1, kSmoothed)));
    }
    return means;
}

Numbers train(Workbench& bench, const Run& run, std::uint64_t seed) {
    const Setting at = setting(bench);
    NetPlan plan = at.plan;
    plan.norm = run.norm;
    Recipe recipe = at.recipe;
    recipe.rate = run.rate;
    const auto net = make_net(plan, seed);
    const Training training = bench.train(*net, at.images, recipe, seed);
    return {{"training", smoothed(training.accuracies_of(bench.steps(recipe.steps)))}};
}

// What one net comes to with one seed.
struct Sweep {
    std::vector<double> rates;
    std::vector<std::vector<double>> curves;  // of accuracy over steps, for each rate

    double end(std::size_t rate) const { return curves[rate].back(); }
    double first_end() const { return end(0); }
    std::size_t best() const {
        std::size_t best = 0;
        for (std::size_t rate = 1; rate < rates.size(); ++rate)
            if (end(rate) > end(best)) best = rate;
        return best;
    }
    double end_at_best() const { return end(best()); }
    double largest_rate() const {
        const double wanted = kShare * end(best());
        std::size_t last = rates.size() - 1;
        while (end(last) < wanted) --last;
        if (last + 1 == rates.size()) return rates[last];
        const double way = (end(last) - wanted) / (end(last) - end(last + 1));
        return rates[last] * std::pow(rates[last + 1] / rates[last], way);
    }
    // Steps until the best curve is as high as wanted; all steps if it never is.
    double steps_to(double wanted) const {
        const std::vector<double>& curve = curves[best()];
        const auto there = std::ranges::find_if(curve, [&](double accuracy) { return accuracy >= wanted; });
        return static_cast<double>(std::min(there - curve.begin() + 1, std::ssize(curve)));
    }
    std::size_t ten_times_best() const { return std::min(best() + 2, rates.size() - 1); }
    double end_beyond_best() const { return end(ten_times_best()); }
    double highest() const { return std::ranges::max(curves[best()]); }
};

std::vector<Sweep> sweeps_of(const Workbench& bench, const Trials& runs, const Setting& at, const std::string& norm) {
    std::vector<Sweep> all;
    for (std::size_t seed = 0; seed < bench.seeds().size(); ++seed) {
        all.push_back({.rates = at.rates, .curves = {}});
        for (const double rate : at.rates)
            all.back().curves.push_back(runs.list(Run{"VGG6", norm, rate}, "training", seed));
    }
    return all;
}

// A number of each seed.
template <class Number>
std::vector<double> of(const std::vector<Sweep>& sweeps, const Number& number) {
    std::vector<double> numbers;
    for (const Sweep& sweep : sweeps) numbers.push_back(std::invoke(number, sweep));
    return numbers;
}

std::vector<double> percent(const std::vector<double>& shares) {
    return times(100, shares);
}

// Of all nets.
using Nets = std::vector<std::pair<std::string, std::vector<Sweep>>>;

Plot over_rates(const Nets& nets) {
    Plot plot{.title = {"Accuracy at the end, by learning rate", "학습률별 마지막 정확도"},
              .x = {"learning rate", "학습률"},
              .y = {"accuracy", "정확도"},
              .x_logarithmic = true};
    Plot::Curve largest{.name = {"R, of each seed", "R (시드마다)"}, .x = {}, .y = {}, .colour = colours::kTheory};
    for (const auto& [norm, sweeps] : nets) {
        Plot::Curve curve{.name = title_of(norm), .x = sweeps[0].rates, .y = {}, .colour = colour_of(norm)};
        for (std::size_t rate = 0; rate < curve.x.size(); ++rate) {
            const std::vector<double> ends = of(sweeps, [&](const Sweep& sweep) { return sweep.end(rate); });
            curve.y.push_back(median_of(ends));
            curve.low.push_back(std::ranges::min(ends)), curve.high.push_back(std::ranges::max(ends));
        }
        plot.curves.push_back(std::move(curve));
        for (const Sweep& sweep : sweeps)
            largest.x.push_back(sweep.largest_rate()), largest.y.push_back(kShare * sweep.end_at_best());
    }
    plot.curves.push_back(points(std::move(largest)));
    return plot;
}

Plot over_steps(const Nets& nets) {
    Plot plot{.title = {"Each at its best rate, first seed", "각자 가장 좋은 학습률에서, 첫 시드"},
              .x = {"step", "걸음"},
              .y = {"accuracy in training", "학습 정확도"}};
    for (const auto& [norm, sweeps] : nets) {
        const std::vector<double>& curve = sweeps[0].curves[sweeps[0].best()];
        plot.curves.push_back(
            {.name = title_of(norm), .x = count_up(1, curve.size()), .y = curve, .colour = colour_of(norm)});
    }
    return plot;
}

Evidence examine_learning_rate(Workbench& bench) {
    const Setting at = setting(bench);
    const Run frozen{"VGG6", kFrozen, at.high};
    std::vector<Run> cases = {frozen};
    for (const char* norm : {"batch", "group", "none"})
        for (const double rate : at.rates) cases.push_back({"VGG6", norm, rate});
    const Trials runs(bench, cases, train);
    const std::vector<Sweep> batch = sweeps_of(bench, runs, at, "batch"), group = sweeps_of(bench, runs, at, "group"),
                             none = sweeps_of(bench, runs, at, "none");
    const std::vector<double> none_rates = of(none, &Sweep::largest_rate);
    std::vector<double> steps, beyond, ten_times;
    for (std::size_t seed = 0; seed < none.size(); ++seed) {
        const double highest = none[seed].highest();
        steps.push_back(none[seed].steps_to(highest) / batch[seed].steps_to(highest));
        beyond.push_back(none[seed].end(batch[seed].best()));
        ten_times.push_back(batch[seed].end(none[seed].ten_times_best()) - none[seed].end_at_best());
    }

    Evidence found;
    found.checks = {
        proof("best", {15}, {"best accuracy, batch − none", "가장 좋은 정확도, 배치 − 없음"},
              percent(minus(of(batch, &Sweep::end_at_best), of(none, &Sweep::end_at_best))), at_least(10))
            .in("points"),
        report("least-rate", {15}, {"accuracy at rate 0.01, batch − none", "학습률 0.01에서 정확도, 배치 − 없음"},
               percent(minus(of(batch, &Sweep::first_end), of(none, &Sweep::first_end))))
            .in("points"),
        proof("ten-times-batch", {16},
              {"accuracy of batch norm at ten times the best rate without norm − best accuracy without norm",
               "정규화 없는 망의 최적 학습률의 10배에서 배치 정규화의 정확도 − 정규화 없는 망의 최고 정확도"},
              percent(ten_times), at_least(0))
            .in("points"),
        report("rates", {16}, {"R, batch / none", "R, 배치 / 없음"}, over(of(batch, &Sweep::largest_rate), none_rates))
            .as_ratio()
            .from("Ioffe & Szegedy 2015, 4.2.2: ≥ 30"),
        report("rates-group", {16}, {"R, group / none", "R, 그룹 / 없음"},
               over(of(group, &Sweep::largest_rate), none_rates))
            .as_ratio(),
        proof("steps", {17},
              {"steps to the highest accuracy without norm, none / batch",
               "정규화 없는 망의 최고 정확도까지 걸음 수, 없음 / 배치"},
              steps, at_least(2.3))
            .as_ratio()
            .from("Ioffe & Szegedy 2015, 4.2: 2.3"),
        limit("not-fourteen", {17}, {"the same, below 14", "같은 비율, 14 미만"}, steps, at_most(14)).as_ratio(),
        proof("beyond", {18},
              {"accuracy without norm at the rate that is best with batch norm",
               "배치 정규화의 최적 학습률에서 정규화 없는 망의 정확도"},
              percent(beyond), at_most(20))
            .in("%"),
        report("ten-times", {18},
               {"accuracy without norm at ten times its own best rate",
                "정규화 없는 망, 자기 최적 학습률의 10배에서 정확도"},
               percent(of(none, &Sweep::end_beyond_best)))
            .in("%"),
        control("frozen",
                {"accuracy at rate 1 of a batch norm that computes nothing",
                 "아무것도 하지 않는 배치 정규화, 학습률 1에서 정확도"},
                percent(runs.of(frozen, "training", last_of)), at_most(20))
            .in("%"),
    };
    const Nets nets = {{"batch", batch}, {"group", group}, {"none", none}};
    found.pictures = {over_rates(nets), over_steps(nets)};
    found.remarks = {
        {"The gain is in the larger rate: at rate 0.01, where both nets are slow, batch norm alone brings little or "
         "nothing. "
         "The course's 14 is the whole recipe of 2015, with five times the rate, less regularization and a faster "
         "decay.",
         "이득은 큰 학습률에서 나옵니다. 둘 다 느린 학습률 0.01에서는 배치 정규화만으로 얻는 것이 거의 없습니다. "
         "14배는 학습률 "
         "5배, 약한 정규화(regularization), 빠른 학습률 감소까지 합친 2015년의 결과입니다."}};
    return found;
}

}  // namespace

const Claim kLearningRate = {
    .name = "learning-rate",
    .question = {"Does batch norm let me use a ten times larger learning rate?", "학습률을 열 배로 올릴 수 있나요?"},
    .statements = {15, 16, 17, 18},
    .seconds = 110,
    .seeds = 5,
    .setting =
        {"a net of six convolutions on 4,000 drawn digits, 150 steps of SGD with 64 images at rates from 0.01 to 3; "
         "R is the largest rate at which a net still comes to 70 % of its own best accuracy",
         "합성곱 6층 망, 그려진 숫자 4,000장, 이미지 64장씩 SGD 150걸음, 학습률 0.01에서 3까지. R은 자기 최고 정확도의 "
         "70 %를 "
         "내는 가장 큰 학습률"},
    .refutation =
        {"a net with batch norm that learns less at ten times the plain net's best rate than that does at its best, or "
         "a plain net that learns at batch norm's best rate",
         "정규화 없는 망의 최적 학습률의 10배에서 그 망의 최고보다 덜 배우는 배치 정규화, 또는 배치 정규화의 최적 "
         "학습률에서도 배우는 정규화 없는 망"},
    .sources = {"Ioffe & Szegedy 2015, section 4.2", "Bjorck et al. 2018"},
    .real_data = "cifar10",
    .examine = {examine_learning_rate},
};

}  // namespace normlab
