// Why does batch norm forgive a bad initialization? Because the size of a weight W that a norm follows does not matter:
//   BN(gWx) = BN(Wx),   ∇L(gW) = ∇L(W)/g
// so that training from gW at the rate g²η is training from W at the rate η: what counts is η/‖W‖².
#include "lab/claims/experiments/scale.h"

#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/gradients.h"
#include "lab/claims/workbench/tensors.h"

namespace normlab {

bool is_hidden(const Weights& all, std::size_t part) {
    return all.part(part).shape().rank() == 2 && part + 2 < all.size();
}

double hidden_length(const Weights& all) {
    double square = 0;
    for (std::size_t p = 0; p < all.size(); ++p)
        if (is_hidden(all, p)) square += dot(all.part(p), all.part(p));
    return std::sqrt(square);
}
namespace {

const std::string kExact = R"({"type":"batch","eps":1e-8})";
const std::vector<double> kGains = {0.1, 0.3, 1, 3, 10};
constexpr double kRate = 0.1;

// A net whose hidden weights are multiplied before it learns.
struct Gained {
    std::string net, norm;
    double gain;
    operator std::string() const { return net + " " + text_of(gain) + ", " + norm; }
};

std::string deep(const std::string& activation = "relu") {
    return mlp(6, 100, activation, R"("bias":false,"init":"kaiming_normal")");
}

void multiply_hidden(Module& net, double gain) {
    Weights all = Weights::of(net);
    for (std::size_t p = 0; p < all.size(); ++p)
        if (is_hidden(all, p))
            for (Index i = 0; i < all.part(p).elements(); ++i)
                all.part(p).mutable_data()[i] = static_cast<Scalar>(gain * double{all.part(p).data()[i]});
    all.put_into(net);
}

// Before the first step: loss, length of the hidden weights' gradients, and of what the last ReLU gets, for each gain.
Numbers start(Workbench& bench, const Run& run, std::uint64_t seed) {
    const Batch batch = first_batches(bench.images("digits", 4000, 1000), 64, 1, seed)[0];
    Numbers found;
    for (const double gain : kGains) {
        const auto net = make_net({.layers = deep(), .norm = run.norm}, seed);
        multiply_hidden(*net, gain);
        const Place here = gradient_at(*net, batch);
        found["loss"].push_back(here.loss), found["slope"].push_back(hidden_length(here.gradient) * gain);
        found["activations"].push_back(length(inputs_of(*net, batch.images, of_kind("ReLU")).back().input));
    }
    return found;
}

// From gW at the rates g²η; the losses of 50 steps. With tanh: at the kink of a ReLU rounding decides which way a value
// goes, and two trainings part there.
Numbers equal(Workbench& bench, const Gained& run, std::uint64_t seed) {
    const auto net = make_net({.layers = deep("tanh"), .norm = run.norm}, seed);
    multiply_hidden(*net, run.gain);
    const Weights all = Weights::of(*net);
    const Recipe recipe{.rate = kRate, .steps = 50, .rate_factor = [&](const NamedParameter& each) {
                            return is_hidden(all, all.index_of(each.name)) ? run.gain * run.gain : 1;
                        }};
    return {{"losses", bench.train(*net, bench.images("digits", 4000, 1000), recipe, seed).losses}};
}

Numbers trained(Workbench& bench, const Gained& run, std::uint64_t seed) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = deep(), .norm = run.norm}, seed);
    multiply_hidden(*net, run.gain);
    const Training training = bench.train(*net, images, {.rate = kRate, .steps = 200}, seed);
    return {{"accuracy", {100 * (training.diverged ? kGuessing : test_accuracy(*net, images))}}};
}

// How far numbers that should be those of gain 1 are from them, the farthest; infinite if one is not finite.
double off(const std::vector<double>& values) {
    double largest = 0;
    for (const double value : values) {
        const double distance = std::abs(value / values[2] - 1);
        largest = std::max(largest, std::isfinite(distance) ? distance : INFINITY);
    }
    return largest;
}
std::vector<std::string> names(const std::string& norm, const std::vector<double>& gains) {
    std::vector<std::string> all;
    for (const double gain : gains) all.push_back(Gained{"gain", norm, gain});
    return all;
}

// The accuracies of the nets with these gains.
std::vector<std::vector<double>> of_gains(const Trials& all, const std::string& norm,
                                          const std::vector<double>& gains) {
    std::vector<std::vector<double>> found;
    for (const std::string& name : names(norm, gains)) found.push_back(all.of(name, "accuracy"));
    return found;
}

// Of the losses of two trainings that should be the same, relative, for each seed.
std::vector<double> largest_deviation(const Workbench& bench, const Trials& twins, double gain) {
    std::vector<double> found;
    for (std::size_t seed = 0; seed < bench.seeds().size(); ++seed) {
        const std::vector<double>&one = twins.list(Gained{"tanh, equal", kExact, 1}, "losses", seed),
              &other = twins.list(Gained{"tanh, equal", kExact, gain}, "losses", seed);
        double largest = 0;
        for (std::size_t step = 0; step < one.size(); ++step)
            largest = std::max(largest, std::abs(other.at(step) / one[step] - 1));
        found.push_back(largest);
    }
    return found;
}

Plot by_gain(const Trials& all) {
    Plot plot{.title = {"Accuracy after 200 steps, by the size of the first weights",
                        "초기 가중치의 크기에 따른 200걸음 뒤 정확도"},
              .x = {"gain", "배율"},
              .y = {"%", "%"},
              .x_logarithmic = true};
    for (const char* norm : {"batch", "none"})
        plot.curves.push_back(all.across(names(norm, kGains), "accuracy", title_of(norm), kGains, colour_of(norm)));
    return plot;
}

Evidence examine_scale(Workbench& bench) {
    const Run exact{"start", kExact, kRate};
    const Trials begun(bench, {exact, exact.with("none")}, start);
    std::vector<Gained> gained, equals;
    for (const double gain : kGains)
        for (const char* norm : {"batch", "none"}) gained.push_back({"gain", norm, gain});
    for (const double gain : {0.3, 1.0, 3.0}) equals.push_back({"tanh, equal", kExact, gain});
    const Trials all(bench, gained, trained), twins(bench, equals, equal);
    const std::vector<double> some = {0.1, 0.3, 1, 3};

    Evidence found{.settings = deep()};
    found.checks = {
        proof("loss", {31},
              {"largest change of the first loss when the weights are multiplied by 0.1 to 10",
               "가중치를 0.1~10배 할 때 첫 손실의 최대 변화 비율"},
              begun.of(exact, "loss", off), at_most(1e-4)),
        control("loss-none", {"the same without norm", "정규화가 없을 때"}, begun.of(exact.with("none"), "loss", off),
                at_least(0.1)),
        proof("slope", {32},
              {"largest change of g·‖∇L(gW)‖, g from 0.1 to 10", "g·‖∇L(gW)‖의 최대 변화 비율, g = 0.1~10"},
              begun.of(exact, "slope", off), at_most(1e-3)),
        proof("equal-0.3", {31, 32},
              {"largest difference of the losses of 50 steps from 0.3 W at the rate 0.09 η and from W at η, relative",
               "0.3 W에서 0.09 η로, W에서 η로 학습한 50걸음 손실의 최대 상대 차이"},
              largest_deviation(bench, twins, 0.3), at_most(1e-3)),
        proof("equal-3", {31, 32}, {"the same from 3 W at 9 η", "3 W에서 9 η로 학습할 때"},
              largest_deviation(bench, twins, 3), at_most(1e-3)),
        proof("accuracy", {19},
              {"worst accuracy with batch norm from 0.1 to 3 times the weights, after 200 steps",
               "가중치 0.1~3배에서 시작한 배치 정규화의 최저 정확도, 200걸음 뒤"},
              least_of(of_gains(all, "batch", some)), at_least(40))
            .in("%"),
        proof("accuracy-none", {19},
              {"best accuracy without norm from 0.3 and 3 times the weights",
               "가중치 0.3배와 3배에서 시작한 정규화 없는 망의 최고 정확도"},
              most_of(of_gains(all, "none", {0.3, 3})), at_most(20))
            .in("%"),
        report("accuracy-none-1", {19},
               {"accuracy without norm from the weights as they are", "가중치를 그대로 둘 때 정규화 없는 망의 정확도"},
               all.of(Gained{"gain", "none", 1}, "accuracy"))
            .in("%"),
        limit("speed", {19},
              {"accuracy that batch norm loses from 10 times the weights: the effective rate is a hundredth",
               "가중치 10배에서 배치 정규화가 잃는 정확도: 유효 학습률이 100분의 1"},
              minus(most_of(of_gains(all, "batch", some)), all.of(Gained{"gain", "batch", 10}, "accuracy")),
              at_least(10))
            .in("points"),
        limit("activations", {33},
              {"largest change of what the last ReLU gets when the weights explode by 0.1 to 10",
               "가중치를 0.1~10배 할 때 마지막 ReLU 입력의 최대 변화 비율"},
              begun.of(exact, "activations", off), at_most(1e-2)),
    };
    found.pictures = {by_gain(all)};
    return found;
}

}  // namespace

const Claim kScale = {
    .name = "scale",
    .question = {"Why does batch norm forgive a bad initialization?", "나쁜 초기화를 왜 봐주나요?"},
    .statements = {19, 31, 32, 33},
    .seconds = 25,
    .seeds = 5,
    .setting = {"six dense layers of 100 units on drawn digits, batches of 64, rate 0.1, the weights before norms "
                "multiplied by 0.1 to 10; three of 64 units at rate 1 for 3200 steps",
                "그려진 숫자로 100유닛 완전연결 여섯 층, 배치 64, 학습률 0.1, 정규화 앞의 가중치를 0.1~10배. 64유닛 세 "
                "층을 학습률 1로 3200걸음"},
    .refutation = {"a loss that depends on the size of weights that a norm follows",
                   "정규화 앞 가중치의 크기에 따라 달라지는 손실"},
    .sources = {"Ioffe & Szegedy 2015, section 3.3", "van Laarhoven 2017", "Hoffer et al. 2018", "Arora et al. 2018"},
    .real_data = nullptr,
    .examine = {examine_scale, examine_growth_of_weights},
    .formulas = {{"BN ( g W x ) = BN ( W x )"},
                 {"∇ L ( g W ) =", frac("1", "g"), "∇ L ( W )"},
                 {power({"‖ W_t+1 ‖"}, "2"), "=", power("‖ W_t ‖", "2"), "+ η^2", power("‖ ∇ L ‖", "2")}},
    .least_steps = 101,  // two looks after the first, 50 steps apart
};

}  // namespace normlab
