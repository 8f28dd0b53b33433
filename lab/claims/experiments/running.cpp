// What running statistics remember: a geometric average of the batches' means and variances. How fast it forgets, and
// how well it knows the whole set, while the weights stand still.
#include <algorithm>
#include <cmath>

#include "datasets/shuffle.h"
#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/fit.h"
#include "lab/claims/workbench/images.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"
#include "layers/batch_norm2d.h"
#include "layers/population.h"

namespace normlab {
namespace {

using Values = std::vector<double>;

// A net whose weights stand still, and the true statistics of what its norms are fed in train mode.
class StandingStill {
  public:
    StandingStill(const DataSet& digits, std::uint64_t seed)
        : net_(make_net({.layers = mlp(3, 100, "relu")}, seed)),
          images_(whole(digits.split.train, digits.scale).images),
          order_(stream_named(seed, "batches")) {
        for (const NamedModule& each : modules(*net_))
            if (auto* norm = dynamic_cast<BatchNorm2d*>(each.module)) layers_.push_back({norm, Population(100)});
        feed(*net_, digits.split.train, digits.scale, 64, [&](Module& module, const Var& x, const Var&) {
            for (Layer& each : layers_)
                if (each.norm == &module) each.truth.add(x.value());
        });
    }

    // The error before the first and after each of so many passes in train mode over batches of 64, drawn at random.
    Values errors(std::optional<double> momentum, std::uint64_t passes, std::uint64_t first_pass = 0) {
        for (const Layer& each : layers_) each.norm->options.momentum = momentum, each.norm->running.reset();
        Values found = {error()};
        for (std::uint64_t pass = first_pass; pass < first_pass + passes; ++pass) {
            std::vector<Index> places;
            for (std::uint64_t i = 0; i < 64; ++i)
                places.push_back(below(images_.shape()[0], random_words(order_, pass, i)[0]));
            (*net_)(picked(images_, places));
            found.push_back(error());
        }
        return found;
    }

  private:
    // The root mean square, over all channels, of (running mean − true mean)/true deviation.
    double error() const {
        double squares = 0, channels = 0;
        for (const auto& [norm, truth] : layers_) {
            const Values variance = truth.variance();
            for (std::size_t c = 0; c < variance.size(); ++c, ++channels)
                squares += std::pow(norm->running.mean.data()[c] - truth.mean()[c], 2) / variance[c];
        }
        return std::sqrt(squares / channels);
    }

    struct Layer {
        BatchNorm2d* norm;
        Population truth;
    };
    std::unique_ptr<Module> net_;
    Tensor images_;
    RandomStream order_;
    std::vector<Layer> layers_;
};

double root_mean_square(std::span<const double> values) {
    double squares = 0;
    for (const double value : values) squares += value * value;
    return std::sqrt(squares / static_cast<double>(values.size()));
}

constexpr int kSteps = 60, kOrders = 40;

Numbers standing_still(Workbench& bench, const std::string&, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", 4000, 1000);
    StandingStill net(digits, seed);
    const Values after_each_batch = net.errors(1, 100);
    const double of_a_batch = root_mean_square(std::span(after_each_batch).subspan(1));
    Numbers found;
    for (const double m : {0.1, 0.01}) {
        Values e = net.errors(m, m == 0.1 ? 600 : kSteps);
        const double floor = of_a_batch * std::sqrt(m / (2 - m));
        if (m == 0.1) found["floor"] = {floor, root_mean_square(std::span(e).subspan(100))};
        double off = 0;  // from (1 − m)^t, as long as that is well above the floor
        for (std::size_t t = 0; t <= kSteps && e[0] * std::pow(1 - m, t) > 10 * floor; ++t)
            off = std::max(off, std::abs(e[t] / e[0] / std::pow(1 - m, t) - 1));
        found["off"].push_back(off);
        e.resize(kSteps + 1);
        found[m == 0.1 ? "0.1" : "0.01"] = std::move(e);
    }
    Values average(kSteps + 1), log_t, log_error;  // root mean square over orders of the batches
    for (std::uint64_t order = 1; order <= kOrders; ++order) {
        const Values one = net.errors({}, kSteps, 1000 * order);
        for (std::size_t t = 0; t < one.size(); ++t) average[t] += one[t] * one[t] / kOrders;
    }
    for (std::size_t t = 0; t < average.size(); ++t) {
        average[t] = std::sqrt(average[t]);
        if (t >= 5) log_t.push_back(std::log(static_cast<double>(t))), log_error.push_back(std::log(average[t]));
    }
    found["null"] = average;
    found["exponent"] = {line_through(log_t, log_error).slope};
    return found;
}

// The running variance of 64 channels after 500 batches of 2, 4, 8 and 64 values, by the true one.
Numbers variances(Workbench&, const std::string&, std::uint64_t seed) {
    Numbers found;
    for (const Index count : {2, 4, 8, 64})
        for (const bool biased : {false, true}) {
            BatchNorm2d norm({.num_features = 64, .momentum = {}, .biased_running_var = biased});
            for (std::uint64_t batch = 0; batch < 500; ++batch) norm(noise({count, 64}, 1000 * seed + batch));
            double mean = 0;
            for (const Scalar variance : norm.running.variance.values()) mean += variance / 64.0;
            const double n = static_cast<double>(count), expected = biased ? (n - 1) / n : 1;
            found[biased ? "biased" : "unbiased"].push_back(mean);
            found[biased ? "off biased" : "off unbiased"].push_back(std::abs(mean / expected - 1));
        }
    for (const char* off : {"off biased", "off unbiased"}) found[off] = {std::ranges::max(found[off])};
    return found;
}

// The largest error of the running statistics against the formula in double, over three batches.
double off_formula() {
    BatchNorm2d norm({.num_features = 16});
    Values mean(16, 0), variance(16, 1);
    double largest = 0;
    for (const std::uint64_t batch : {1, 2, 3}) {
        const Tensor x = noise({4, 16, 8, 8}, batch, 5, 3);
        norm(x);
        const Moments of_x = moments_of(x);
        for (std::size_t c = 0; c < 16; ++c) {
            mean[c] = 0.9 * mean[c] + 0.1 * of_x.mean[c];
            variance[c] = 0.9 * variance[c] + 0.1 * of_x.variance[c] * 256 / 255;
            largest = std::max({largest, std::abs(norm.running.mean.data()[c] - mean[c]),
                                std::abs(norm.running.variance.data()[c] - variance[c])});
        }
    }
    return largest;
}

// The running means of the first norm after a batch.
Tensor after_a_batch(const DataSet& digits, const std::string& norm) {
    const auto net = make_net({.layers = mlp(1, 64, "relu"), .norm = norm}, 1);
    (*net)(first_batches(digits, 64, 1)[0].images);
    for (const NamedModule& each : modules(*net))
        if (const RunningStatistics* running = running_statistics(*each.module)) return running->mean;
    return {};
}

const std::string kStill = "weights stand still", kVariances = "variances";

Picture forgetting(const Trials& runs) {
    const Values steps = count_up(0, kSteps + 1);
    Plot plot{.title = {"What running means still remember of their start", "이동 평균에 남은 처음 값"},
              .x = {"batches", "배치"},
              .y = {"error, in deviations of the channel", "오차, 채널의 표준편차 단위"},
              .y_logarithmic = true};
    plot.curves = {runs.curve(kStill, "0.1", {"m = 0.1", "m = 0.1"}, steps, colours::kBatch),
                   runs.curve(kStill, "0.01", {"m = 0.01", "m = 0.01"}, steps, colours::kNone),
                   runs.curve(kStill, "null", {"average of all so far", "지금까지의 평균"}, steps, colours::kGroup)};
    for (const double kept : {0.9, 0.99}) {
        const std::string name = text_of(kept) + "^t";
        Values power;
        for (const double t : steps) power.push_back(plot.curves[0].y[0] * std::pow(kept, t));
        plot.curves.push_back(theory({name, name}, steps, power));
    }
    plot.lines = {{runs.of(kStill, "floor")[0],
                   {"noise of a batch's mean × √(m/(2 − m)), m = 0.1", "배치 평균의 잡음 × √(m/(2 − m)), m = 0.1"}}};
    return plot;
}

Evidence examine_running(Workbench& bench) {
    const DataSet& digits = bench.images("digits", 4000, 1000);
    const Trials runs(bench, {kStill}, standing_still), counted(bench, {kVariances}, variances);

    Evidence found;
    found.checks = {
        proof("formula", {7},
              {"largest error against (1 − m)·running + m·batch, three batches",
               "(1 − m)·이전 + m·배치와의 최대 오차, 배치 셋"},
              {off_formula()}, at_most(1e-5)),
        proof("forgets-0.1", {7},
              {"largest deviation of the start's share from 0.9^t", "처음 값의 몫과 0.9^t의 최대 차이"},
              runs.of(kStill, "off"), at_most(0.1)),
        proof("forgets-0.01", {7, 10}, {"the same for m = 0.01 and 0.99^t", "m = 0.01과 0.99^t에서 같은 값"},
              runs.of(kStill, "off", 1), at_most(0.1)),
        proof("keras", {10},
              {"difference of the running means by Keras's 0.99 and by PyTorch's 0.01",
               "Keras의 0.99와 PyTorch의 0.01로 얻은 이동 평균의 차이"},
              {largest_difference(after_a_batch(digits, R"({"type":"batch","convention":"keras","momentum":0.99})"),
                                  after_a_batch(digits, R"({"type":"batch","momentum":0.01})"))},
              at_most(1e-7)),
        proof("floor", {9},
              {"error that is left when weights stand still, by the noise of a batch's mean × √(m/(2 − m))",
               "가중치가 멈춰 있을 때 남는 오차 / (배치 평균의 잡음 × √(m/(2 − m)))"},
              over(runs.of(kStill, "floor", 1), runs.of(kStill, "floor")), between(0.7, 1.3))
            .as_ratio(),
        proof("average", {9},
              {"exponent of the error of an average of t batches", "배치 t개의 평균이 갖는 오차의 지수"},
              runs.of(kStill, "exponent"), between(-0.65, -0.35))
            .from("1/√t"),
        proof("biased", {8},
              {"largest deviation of a biased running variance from (n − 1)/n of the true one, n = 2 to 64",
               "편향 이동 분산과 참 분산의 (n − 1)/n배의 최대 차이, n = 2~64"},
              counted.of(kVariances, "off biased"), at_most(0.03)),
        proof("unbiased", {8}, {"of an unbiased one from the true one", "비편향 이동 분산과 참 분산의 최대 차이"},
              counted.of(kVariances, "off unbiased"), at_most(0.03)),
        limit("no-matter", {8},
              {"unbiased − biased, by the true variance, n = 64", "(비편향 − 편향) / 참 분산, n = 64"},
              minus(counted.of(kVariances, "unbiased", 3), counted.of(kVariances, "biased", 3)), at_most(0.02)),
    };
    found.pictures = {forgetting(runs)};
    return found;
}

}  // namespace

const Claim kRunning = {
    .name = "running",
    .question = {"What do the running statistics remember, and how long?",
                 "이동 통계는 무엇을 얼마나 오래 기억하나요?"},
    .statements = {7, 8, 9, 10, 59},
    .seconds = 40,
    .seeds = 5,
    .setting = {"an untrained MLP of three hidden layers of 100 fed batches of 64 of 4000 drawn digits; made-up "
                "batches of 2 to 64 values; an MLP "
                "of three hidden layers of 64, 20 and 200 steps; VGG6, 300 steps at a rate that falls to 0, tested on "
                "digits blurred or inverted",
                "학습하지 않은, 100개씩 은닉층 셋인 MLP에 그려진 숫자 4000장을 64장씩 통과. 값 2~64개의 임의 배치. "
                "64개씩 은닉층 셋인 "
                "MLP를 20걸음과 200걸음 학습. 학습률을 0까지 줄이며 300걸음 학습한 VGG6를 흐리거나 반전한 숫자로 시험"},
    .refutation = {"a start that is forgotten at another pace than (1 − m)^t, or new images on which re-estimated "
                   "statistics are no better",
                   "(1 − m)^t와 다른 속도로 잊히는 처음 값, 또는 통계를 다시 추정해도 나아지지 않는 새 이미지"},
    .sources = {"Ioffe & Szegedy 2015, section 3.1", "Wu & Johnson 2021, sections 3 and 5"},
    .real_data = nullptr,
    .examine = {examine_running, running_statistics_in_use},
    .formulas = {{"running ← ( 1 − m ) · running + m · batch"}, {"e_t =", power("( 1 − m )", "t"), "e_0"}},
};

}  // namespace normlab
