// Is the loss smoother with batch norm? During training, one looks ahead along the gradient: workbench/landscape.h has
// the formulas. Compared are nets that learn, at the same rate, from the same weights and batches.
#include "lab/claims/experiments/landscape.h"

#include <algorithm>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/landscape.h"
#include "lab/text/statistics.h"

namespace normlab {
namespace {

const std::string kReal = "VGG on CIFAR-10";
constexpr std::size_t kSeldom = 5;  // of so many looks one is checked

}  // namespace

double late(const std::vector<double>& betas) {
    return median_of({betas.begin() + static_cast<std::ptrdiff_t>(betas.size() / 2), betas.end()});
}

void look_and_check(Module& net, const Objective& objective, double rate, Index step, Numbers& found) {
    look_ahead(net, objective, rate, step, found);
    if ((found["step"].size() - 1) % kSeldom == 0) check_look(net, objective, rate, found);
}

Numbers train_looking_ahead(Workbench& bench, const Run& run, std::uint64_t seed) {
    const bool real = run.net == kReal;
    const DataSet& images = real ? bench.images("cifar10") : bench.images("digits", 4000, 1000);
    const std::string small = vgg6(run.net == kPlateau ? "standard" : "kaiming_normal");
    const auto net = real ? make_net({.layers = vgg(), .norm = run.norm, .image = {3, 32, 32}}, seed)
                          : make_net({.layers = small, .norm = run.norm}, seed);
    // Long enough for the plain net to leave the plateau at the start, which takes it up to 250 steps.
    const Index steps = real ? 15000 : run.net == kPlateau ? 150 : 400;
    const Index every = real ? 100 : run.net == kPlateau ? 30 : 25;
    const Recipe recipe{.rate = run.rate, .steps = steps, .batch = real ? 128 : 64};
    Numbers found;
    const Training training = bench.train(*net, images, recipe, seed,
                                          [&](Index step, const Batch& batch) {
                                              if (run.net != kUnseen && step % every == 0)
                                                  look_and_check(*net, batch, run.rate, step, found);
                                          },
                                          {run, &found});
    found["losses"] = training.losses;
    found["accuracy"] = {training.diverged ? kGuessing : test_accuracy(*net, images)};
    return found;
}

namespace {

// Late in training. λ = 2/η is the largest curvature along which a step of η does not climb: the edge of stability.
std::vector<double> by_edge(const Trials& all, const Run& run) {
    return times(run.rate / 2, all.of(run, "beta", late));
}

// Of a net that learns, at one rate.
std::vector<Check> smoother(const Trials& all, const std::string& net, double rate_given) {
    const Run none{net, "none", rate_given}, batch = none.with("batch");
    const std::string rate = text_of(rate_given);
    const auto what = [&](const std::string& en, const std::string& ko) {
        return Words{en + ", none / batch, rate " + rate, ko + ", 정규화 없음 / 배치 정규화, 학습률 " + rate};
    };
    const auto compared = [&](const char* found, const Trials::Summary& summary = mean_of) {
        return all.ratio(none, batch, found, summary);
    };
    const std::string source = "Santurkar et al. 2018, figure 4";
    return {
        proof("range-" + rate, {25}, what("mean range of the loss ahead", "앞쪽 손실의 평균 범위"), compared("range"),
              at_least(2))
            .as_ratio()
            .from(source),
        proof("change-" + rate, {26}, what("mean change of the gradient ahead", "앞쪽 기울기의 평균 변화"),
              compared("change"), at_least(2))
            .as_ratio()
            .from(source),
        limit("edge-none-" + rate, {26},
              {"late β·η/2 without norm (1: the edge of stability), rate " + rate,
               "정규화가 없을 때 학습 후반의 β·η/2 (1: 안정성의 경계), 학습률 " + rate},
              by_edge(all, none), between(1.0 / 3, 3))
            .as_ratio()
            .from("Cohen et al. 2021"),
        report("edge-batch-" + rate, {26},
               {"the same with batch norm, rate " + rate, "배치 정규화가 있을 때, 학습률 " + rate}, by_edge(all, batch))
            .as_ratio(),
        report("typical-range-" + rate, {25}, what("geometric mean of the range", "범위의 기하 평균"),
               compared("range", geometric_mean_of))
            .as_ratio(),
        report("typical-change-" + rate, {26}, what("geometric mean of the change", "변화의 기하 평균"),
               compared("change", geometric_mean_of))
            .as_ratio(),
        report("range-by-loss-" + rate, {25}, what("mean range by the loss", "손실 대비 평균 범위"),
               compared("range by loss"))
            .as_ratio(),
        report("change-by-length-" + rate, {26},
               what("mean change by the gradient's length", "기울기 크기 대비 평균 변화"), compared("change by length"))
            .as_ratio(),
        report("random-" + rate, {25},
               what("mean change of the loss in random directions", "무작위 방향에서 손실의 평균 변화"),
               compared("random"))
            .as_ratio()};
}

// Figures 4(a) to (c), at one rate.
void draw(const Trials& all, const std::string& net, double rate, std::vector<Picture>& pictures) {
    const auto plot = [&](const Words& title, const Words& y) {
        return Plot{.title = {title.en + ", rate " + text_of(rate), title.ko + ", 학습률 " + text_of(rate)},
                    .x = {"step", "걸음"},
                    .y = y,
                    .y_logarithmic = true};
    };
    Plot losses =
        plot({"The loss here, and from least to largest ahead", "현재 손실과 앞쪽의 최소~최대"}, {"loss", "손실"});
    Plot changes = plot({"Change of the gradient ahead, from least to largest", "앞쪽 기울기의 변화, 최소~최대"},
                        {"length", "크기"});
    Plot betas = plot({"β, the effective smoothness", "β (유효 매끄러움)"}, {"β", "β"});
    for (const char* norm : {"none", "batch"}) {
        const Run run{net, norm, rate};
        const auto band = [&](const char* y, const char* low, const char* high) {
            Plot::Curve line = all.path(run, "step", y, title_of(norm), colour_of(norm));
            line.low = all.list(run, low), line.high = all.list(run, high);
            return line;
        };
        losses.curves.push_back(band("loss", "low", "high"));
        changes.curves.push_back(band("change", "least change", "change"));
        betas.curves.push_back(all.path(run, "step", "beta", title_of(norm), colour_of(norm)));
    }
    betas.lines = {{2 / rate, {"2/η", "2/η"}}};
    for (const Plot& each : {losses, changes, betas}) pictures.push_back(each);
}

// L(w − s g) itself, at the first look, in the middle and at the last.
Plot slices(const Trials& all, const std::string& net) {
    Plot plot{.title = {"The loss along the gradient, at three steps", "세 시점에서 기울기를 따라 본 손실"},
              .x = {"distance, in steps of the learning rate", "거리 (학습률 한 걸음 = 1)"},
              .y = {"loss", "손실"},
              .y_logarithmic = true};
    for (const char* norm : {"none", "batch"}) {
        const Run run{net, norm, 0.1};
        const std::vector<double>&at = all.list(run, "step"), &losses = all.list(run, "slice");
        for (const std::size_t look : {std::size_t{0}, at.size() / 2, at.size() - 1}) {
            Plot::Curve line = all.path(run, "step", "loss", title_of(norm), colour_of(norm));
            const std::string step = std::to_string(static_cast<int>(at[look]));
            const double here = line.y[look];
            line.name.en += ", step " + step, line.name.ko += ", " + step + "걸음";
            line.x = {0}, line.y = {here};
            for (std::size_t k = 0; k < places_ahead(1).size(); ++k)
                line.x.push_back(places_ahead(1)[k]), line.y.push_back(losses[look * places_ahead(1).size() + k]);
            plot.curves.push_back(std::move(line));
        }
    }
    return plot;
}

Evidence examine_landscape(Workbench& bench) {
    const bool real = bench.real();
    const std::string net = real ? kReal : kVgg;
    const Run high{net, "batch", 0.1}, low{net, "batch", 0.05};
    std::vector<Run> runs = {high.with("none"), high};
    if (!real) runs.insert(runs.end(), {low.with("none"), low});
    const Trials all(bench, runs, train_looking_ahead);

    Evidence found{.checks = smoother(all, net, 0.1), .settings = real ? vgg() : vgg6()};
    found.checks.push_back(report("beta-0.1", {26},
                                  {"mean β, none / batch, rate 0.1; neither goes far beyond 2/η",
                                   "평균 β, 정규화 없음 / 배치 정규화, 학습률 0.1. 둘 다 2/η를 크게 넘지 않음"},
                                  all.ratio(high.with("none"), high, "beta"))
                               .as_ratio());
    found.checks.push_back(control("still",
                                   {"change of loss and gradient where one stays", "제자리에서 손실과 기울기의 변화"},
                                   all.of(high, "still", largest_of), at_most(0)));
    draw(all, net, 0.1, found.pictures);
    found.pictures.push_back(slices(all, net));
    if (real) return found;
    std::ranges::move(smoother(all, net, 0.05), std::back_inserter(found.checks));
    found.checks.insert(
        found.checks.end(),
        {proof("beta-0.05", {26}, {"mean β, none / batch, rate 0.05", "평균 β, 정규화 없음 / 배치 정규화, 학습률 0.05"},
               all.ratio(low.with("none"), low, "beta"), at_least(1.5))
             .as_ratio()
             .from("Santurkar et al. 2018, figure 4"),
         proof("cosine-0.05", {26},
               {"cosine of the gradients here and ahead, batch − none, rate 0.05",
                "현재와 앞쪽 기울기의 코사인, 배치 정규화 − 없음, 학습률 0.05"},
               all.difference(low, low.with("none"), "cosine"), at_least(0)),
         report("cosine-0.1", {26}, {"the same at rate 0.1", "학습률 0.1에서"},
                all.difference(high, high.with("none"), "cosine"))});
    draw(all, net, 0.05, found.pictures);
    return found;
}

}  // namespace

const Claim kLandscape = {
    .name = "landscape",
    .question = {"Is the loss smoother with batch norm?", "손실 지형은 정말 매끄러워지나요?"},
    .statements = {25, 26},
    .seconds = 200,
    .seeds = 5,
    .setting = {"six convolutions (8, 8, 16, 16, 32, 32 channels) on drawn digits, batches of 64, rates 0.05 and 0.1, "
                "400 steps, a look ahead every 25; the same from PyTorch's weights; a deep linear net at rate 0.0001",
                "그려진 숫자로 합성곱 여섯 층(8, 8, 16, 16, 32, 32채널), 배치 64, 학습률 0.05와 0.1로 400걸음, "
                "25걸음마다 앞을 내다봄. PyTorch의 초기값에서 시작한 같은 망. 학습률 0.0001의 깊은 선형 망"},
    .refutation = {"where both nets learn, a loss or a gradient that changes as much ahead of the net with batch norm "
                   "as ahead of the plain one",
                   "둘 다 학습하는데도, 배치 정규화가 있는 망의 앞쪽 손실이나 기울기가 없는 망만큼 크게 바뀌는 것"},
    .sources = {"Santurkar et al. 2018, figure 4", "Cohen et al. 2021", "Dimitriou & Arandjelović 2020"},
    .real_data = "cifar10",
    .examine = {examine_landscape, examine_where_smoothness_ends},
    .formulas = {{"β =", "max_s", frac("‖ ∇ L ( w − s g ) − g ‖", "s ‖ g ‖")}, {"g = ∇ L ( w )"}},
};

}  // namespace normlab
