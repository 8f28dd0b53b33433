// Why does batch norm forgive a bad initialization? Because the size of a weight W that a norm follows does not matter:
//   BN(gWx) = BN(Wx),   ∇L(gW) = ∇L(W)/g,   ⟨W, ∇L⟩ = 0
// so that training from gW at the rate g²η is training from W at the rate η: what counts is η/‖W‖². And each step of
// SGD makes W longer, without any bound, but ever more slowly:
//   ‖W_{t+1}‖² = ‖W_t‖² + η²‖∇L‖²
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/gradients.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/trainings.h"
#include "lab/claims/workbench/trials.h"
#include "lab/model/evaluation.h"

namespace normlab {
namespace {

const std::string kStart = "start", kTrained = "gain ", kEqual = "tanh, equal ", kLong = "long", kDecay = "long, decay";
const std::string kExact = R"({"type":"batch","eps":1e-8})";
const std::vector<double> kGains = {0.1, 0.3, 1, 3, 10};
constexpr double kRate = 0.1, kHighRate = 1;

std::string deep(const std::string& activation = "relu") {
    return mlp(6, 100, activation, R"("bias":false,"init":"kaiming_normal")");
}

// A weight that a norm follows: not the last layer's.
bool is_hidden(const Weights& all, std::size_t part) {
    return all.part(part).shape().rank() == 2 && part + 2 < all.size();
}
double hidden_length(const Weights& all) {
    double square = 0;
    for (std::size_t p = 0; p < all.size(); ++p)
        if (is_hidden(all, p)) square += dot(all.part(p), all.part(p));
    return std::sqrt(square);
}
void multiply_hidden(Module& net, double gain) {
    Weights all = Weights::of(net);
    for (std::size_t p = 0; p < all.size(); ++p)
        if (is_hidden(all, p))
            for (Index i = 0; i < all.part(p).elements(); ++i)
                all.part(p).mutable_data()[i] = static_cast<Scalar>(gain * double{all.part(p).data()[i]});
    all.put_into(net);
}

double gain_of(const Run& run) {
    return std::stod(run.net.substr(run.net.rfind(' ')));
}

// Before the first step: loss, length of the hidden weights' gradients, and of what the last ReLU gets, for each gain.
Numbers start(Workbench& bench, const Run& run) {
    const Batch batch = first_batches(bench.images("digits", 4000, 1000), 64, 1, run.seed)[0];
    Numbers found;
    for (const double gain : kGains) {
        const auto net = make_net({.layers = deep(), .norm = run.norm}, run.seed);
        multiply_hidden(*net, gain);
        const Place here = gradient_at(*net, batch);
        found["loss"].push_back(here.loss), found["slope"].push_back(hidden_length(here.gradient) * gain);
        const auto heard = inputs_of(*net, batch.images, [](const Module& each) { return each.kind() == "ReLU"; });
        found["activations"].push_back(length(heard.back().input));
    }
    return found;
}

// From gW at the rates g²η; the losses of 50 steps. With tanh: at the kink of a ReLU rounding decides which way a value
// goes, and two trainings part there.
Numbers equal(Workbench& bench, const Run& run) {
    const auto net = make_net({.layers = deep("tanh"), .norm = run.norm}, run.seed);
    multiply_hidden(*net, gain_of(run));
    const Weights all = Weights::of(*net);
    const Recipe recipe{.rate = run.rate, .steps = 50, .rate_factor = [&](const NamedParameter& each) {
                            return is_hidden(all, all.index_of(each.name)) ? gain_of(run) * gain_of(run) : 1;
                        }};
    return {{"losses", bench.train(*net, bench.images("digits", 4000, 1000), recipe, run.seed).losses}};
}

Numbers trained(Workbench& bench, const Run& run) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = deep(), .norm = run.norm}, run.seed);
    multiply_hidden(*net, gain_of(run));
    const Training training = bench.train(*net, images, {.rate = run.rate, .steps = 200}, run.seed);
    return {{"accuracy", {training.diverged ? 10 : 100 * test_accuracy(*net, images)}}};
}

// 3200 steps at a high rate. At each look: the length of the hidden weights, the largest |cos(W, ∇L)| of one of them,
// and what the step adds to ‖W‖², by η²‖∇L‖².
Numbers long_training(Workbench& bench, const Run& run) {
    const auto net = make_net({.layers = mlp(3, 64, "relu", R"("bias":false)"), .norm = run.norm}, run.seed);
    Numbers found;
    double before = 0, expected = 0;
    const Recipe recipe{.rate = run.rate, .steps = 3200, .weight_decay = run.net == kDecay ? 5e-4 : 0};
    const Training training =
        bench.train(*net, bench.images("digits", 4000, 1000), recipe, run.seed, [&](Index step, const Batch& batch) {
            const bool follows = expected > 0;
            if (step % 50 != 0 && !follows) return;
            const Weights w = Weights::of(*net);
            const double now = hidden_length(w);
            if (follows) found["added"].push_back((now * now - before * before) / expected);
            expected = 0;
            if (step % 50 != 0) return;
            const Weights gradient = gradient_at(*net, batch).gradient;
            const double slope = hidden_length(gradient);
            double cosine_found = 0;
            for (std::size_t p = 0; p < w.size(); ++p)
                if (is_hidden(w, p))
                    cosine_found = std::max(cosine_found, std::abs(cosine(w.part(p), gradient.part(p))));
            before = now, expected = run.rate * run.rate * slope * slope;
            found["step"].push_back(static_cast<double>(step)), found["length"].push_back(now);
            found["effective rate"].push_back(run.rate / (now * now)), found["cosine"].push_back(cosine_found);
        });
    found["grown"] = {training.diverged ? INFINITY : found["length"].back() / found["length"].front()};
    return found;
}

// Of the length over the steps, a power of them, between two looks.
double exponent(const Trainings& all, const Run& run, double from) {
    const std::vector<double>&steps = all.of(run, "step"), &lengths = all.of(run, "length");
    const auto first = std::max<std::size_t>(static_cast<std::size_t>(from * static_cast<double>(steps.size() - 1)), 1);
    return std::log(lengths.back() / lengths.at(first)) / std::log(steps.back() / steps.at(first));
}
std::vector<double> exponents(const Trainings& all, Run run, const Workbench& bench, double from) {
    std::vector<double> found;
    for (const std::uint64_t seed : bench.seeds()) run.seed = seed, found.push_back(exponent(all, run, from));
    return found;
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
std::vector<double> accuracies(const Trainings& all, const Workbench& bench, const std::string& norm,
                               const std::vector<double>& gains, bool best = false) {
    std::vector<double> found;
    for (const std::uint64_t seed : bench.seeds()) {
        std::vector<double> of_gains;
        for (const double gain : gains)
            of_gains.push_back(all.of({kTrained + text_of(gain), norm, kRate, seed}, "accuracy")[0]);
        found.push_back(best ? std::ranges::max(of_gains) : std::ranges::min(of_gains));
    }
    return found;
}

std::vector<double> largest_deviation(const Trainings& all, const Workbench& bench, double gain) {
    std::vector<double> found;
    for (const std::uint64_t seed : bench.seeds()) {
        const std::vector<double>&one = all.of({kEqual + "1", kExact, kRate, seed}, "losses"),
              &other = all.of({kEqual + text_of(gain), kExact, kRate, seed}, "losses");
        double largest = 0;
        for (std::size_t step = 0; step < one.size(); ++step)
            largest = std::max(largest, std::abs(other.at(step) / one[step] - 1));
        found.push_back(largest);
    }
    return found;
}

void draw(const Trainings& all, const Workbench& bench, std::vector<Picture>& pictures) {
    Plot reached{.title = {"Accuracy after 200 steps, by the size of the first weights",
                           "초기 가중치의 크기에 따른 200걸음 뒤 정확도"},
                 .x = {"gain", "배율"},
                 .y = {"%", "%"},
                 .x_logarithmic = true};
    for (const char* norm : {"batch", "none"}) {
        Plot::Curve line{
            .name = norm == std::string("batch") ? Words{"batch", "배치 정규화"} : Words{"none", "정규화 없음"},
            .x = kGains,
            .colour = norm == std::string("batch") ? colours::kBatch : colours::kNone};
        for (const double gain : kGains) {
            const std::vector<double> found = accuracies(all, bench, norm, {gain});
            line.y.push_back(mean_of(found)), line.low.push_back(std::ranges::min(found)),
                line.high.push_back(std::ranges::max(found));
        }
        reached.curves.push_back(std::move(line));
    }
    Plot lengths{.title = {"Length of the weights before norms, rate 1", "정규화 앞 가중치의 크기, 학습률 1"},
                 .x = {"step", "걸음"},
                 .y = {"‖W‖", "‖W‖"},
                 .x_logarithmic = true,
                 .y_logarithmic = true};
    Plot rates{.title = {"The effective rate η/‖W‖²", "유효 학습률 η/‖W‖²"},
               .x = {"step", "걸음"},
               .y = {"η/‖W‖²", "η/‖W‖²"},
               .x_logarithmic = true,
               .y_logarithmic = true};
    for (const char* net : {kLong.c_str(), kDecay.c_str()}) {
        const Run run{net, "batch", kHighRate};
        Plot::Curve line{.name = net == kLong ? Words{"batch", "배치 정규화"}
                                              : Words{"batch, weight decay 0.0005", "배치 정규화, 가중치 감쇠 0.0005"},
                         .x = all.of_first_seed(run, "step"),
                         .y = all.of_first_seed(run, "length"),
                         .colour = net == kLong ? colours::kBatch : colours::kGroup};
        line.x[0] = 1;  // step 0 has no place on the axis
        lengths.curves.push_back(line);
        line.y = all.of_first_seed(run, "effective rate");
        rates.curves.push_back(std::move(line));
    }
    Plot::Curve fourth{.name = {"fourth root of the step", "걸음 수의 네제곱근"},
                       .colour = colours::kTheory,
                       .style = Plot::Curve::Style::dashed};
    for (const double step : lengths.curves[0].x)
        fourth.x.push_back(step), fourth.y.push_back(lengths.curves[0].y[0] * std::pow(step, 0.25));
    lengths.curves.push_back(std::move(fourth));
    pictures = {reached, lengths, rates};
}

Evidence examine_scale(Workbench& bench) {
    std::vector<Run> kinds = {{kStart, kExact, kRate},
                              {kStart, "none", kRate},
                              {kLong, "batch", kHighRate},
                              {kLong, "none", kHighRate},
                              {kDecay, "batch", kHighRate}};
    for (const double gain : {0.3, 1.0, 3.0}) kinds.push_back({kEqual + text_of(gain), kExact, kRate});
    for (const double gain : kGains)
        for (const char* norm : {"batch", "none"}) kinds.push_back({kTrained + text_of(gain), norm, kRate});
    const Trainings all(bench, kinds, [&](const Run& run) {
        if (run.net == kStart) return start(bench, run);
        if (run.net == kLong || run.net == kDecay) return long_training(bench, run);
        return run.net.starts_with(kEqual) ? equal(bench, run) : trained(bench, run);
    });

    const Run exact{kStart, kExact, kRate}, none = exact.with("none"), grown{kLong, "batch", kHighRate},
                                            decayed{kDecay, "batch", kHighRate};
    const std::vector<double> some = {0.1, 0.3, 1, 3};
    std::vector<double> added = all.each(grown, "added", mean_of), growth;
    const std::vector<double> longest = all.each(grown, "length", last_of);
    for (Run run = grown; const std::uint64_t seed : bench.seeds())
        run.seed = seed, growth.push_back(all.of(run, "length").back() / all.of(run, "length").at(1));
    Evidence found{.settings = deep()};
    found.checks = {
        proof("loss", {31},
              {"largest change of the first loss when the weights are multiplied by 0.1 to 10",
               "가중치를 0.1~10배 할 때 첫 손실의 최대 변화 비율"},
              all.each(exact, "loss", off), at_most(1e-4)),
        control("loss-none", {"the same without norm", "정규화가 없을 때"}, all.each(none, "loss", off), at_least(0.1)),
        proof("slope", {32},
              {"largest change of g·‖∇L(gW)‖, g from 0.1 to 10", "g·‖∇L(gW)‖의 최대 변화 비율, g = 0.1~10"},
              all.each(exact, "slope", off), at_most(1e-3)),
        proof("equal-0.3", {31, 32},
              {"largest difference of the losses of 50 steps from 0.3 W at the rate 0.09 η and from W at η, relative",
               "0.3 W에서 0.09 η로, W에서 η로 학습한 50걸음 손실의 최대 상대 차이"},
              largest_deviation(all, bench, 0.3), at_most(1e-3)),
        proof("equal-3", {31, 32}, {"the same from 3 W at 9 η", "3 W에서 9 η로 학습할 때"},
              largest_deviation(all, bench, 3), at_most(1e-3)),
        proof("accuracy", {19},
              {"worst accuracy with batch norm from 0.1 to 3 times the weights, after 200 steps",
               "가중치 0.1~3배에서 시작한 배치 정규화의 최저 정확도, 200걸음 뒤"},
              accuracies(all, bench, "batch", some), at_least(40))
            .in("%"),
        proof("accuracy-none", {19},
              {"best accuracy without norm from 0.3 and 3 times the weights",
               "가중치 0.3배와 3배에서 시작한 정규화 없는 망의 최고 정확도"},
              accuracies(all, bench, "none", {0.3, 3}, true), at_most(20))
            .in("%"),
        report("accuracy-none-1", {19},
               {"accuracy without norm from the weights as they are", "가중치를 그대로 둘 때 정규화 없는 망의 정확도"},
               accuracies(all, bench, "none", {1}))
            .in("%"),
        limit("speed", {19},
              {"accuracy that batch norm loses from 10 times the weights: the effective rate is a hundredth",
               "가중치 10배에서 배치 정규화가 잃는 정확도: 유효 학습률이 100분의 1"},
              minus(accuracies(all, bench, "batch", some, true), accuracies(all, bench, "batch", {10})), at_least(10))
            .in("points"),
        proof("cosine", {33},
              {"largest |cos(W, ∇L)| in 3200 steps at rate 1", "학습률 1로 3200걸음 동안 |cos(W, ∇L)|의 최댓값"},
              all.each(grown, "cosine", largest_of), at_most(1e-4)),
        control("cosine-none", {"the same without norm", "정규화가 없을 때"},
                all.each(grown.with("none"), "cosine", largest_of), at_least(1e-2)),
        proof("added", {33},
              {"what a step adds to ‖W‖², by η²‖∇L‖², the mean", "한 걸음이 ‖W‖²에 더하는 양 / η²‖∇L‖², 평균"}, added,
              between(0.99, 1.01)),
        proof("exponent", {33}, {"‖W‖ grows as this power of the steps", "‖W‖는 걸음 수의 몇 제곱으로 커지는가"},
              exponents(all, grown, bench, 0), at_most(0.25)),
        report("grown-none", {33},
               {"‖W‖ without norm, in the end by that at the start: it explodes, or the net dies first",
                "정규화가 없을 때 마지막의 ‖W‖ / 처음의 ‖W‖: 폭발하거나 그 전에 망이 죽음"},
               all.each(grown.with("none"), "grown", last_of))
            .as_ratio(),
        limit("grows", {33}, {"‖W‖ in the end, by that after 50 steps", "마지막의 ‖W‖ / 50걸음 뒤의 ‖W‖"}, growth,
              at_least(1.1))
            .as_ratio(),
        limit("activations", {33},
              {"largest change of what the last ReLU gets when the weights explode by 0.1 to 10",
               "가중치를 0.1~10배 할 때 마지막 ReLU 입력의 최대 변화 비율"},
              all.each(exact, "activations", off), at_most(1e-2)),
        report("equilibrium", {33},
               {"the same power in the last quarter with weight decay 0.0005",
                "가중치 감쇠 0.0005일 때 마지막 4분의 1에서의 지수"},
               exponents(all, decayed, bench, 0.75)),
        report("length", {33}, {"‖W‖ after 3200 steps", "3200걸음 뒤의 ‖W‖"}, longest)};
    draw(all, bench, found.pictures);
    return found;
}

}  // namespace

const Claim kScale = {
    .name = "scale",
    .question = {"Why does batch norm forgive a bad initialization?", "나쁜 초기화를 왜 봐주나요?"},
    .statements = {19, 31, 32, 33},
    .seconds = 25,
    .seeds = 3,
    .setting = {"six dense layers of 100 units on drawn digits, batches of 64, rate 0.1, the weights before norms "
                "multiplied by 0.1 to 10; three of 64 units at rate 1 for 3200 steps",
                "그려진 숫자로 100유닛 완전연결 여섯 층, 배치 64, 학습률 0.1, 정규화 앞의 가중치를 0.1~10배. 64유닛 세 "
                "층을 학습률 1로 3200걸음"},
    .refutation = {"a loss that depends on the size of weights that a norm follows",
                   "정규화 앞 가중치의 크기에 따라 달라지는 손실"},
    .sources = {"Ioffe & Szegedy 2015, section 3.3", "van Laarhoven 2017", "Hoffer et al. 2018", "Arora et al. 2018"},
    .real_data = nullptr,
    .examine = examine_scale,
};

}  // namespace normlab
