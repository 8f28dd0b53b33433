// Is the loss smoother with batch norm? During training, one looks ahead along the gradient: workbench/landscape.h has
// the formulas. Compared are nets that learn, at the same rate, from the same weights and batches; and, because flat is
// smooth, nets that do not learn; and a deep linear net at a rate far below its limit.
#include <algorithm>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/deep_linear.h"
#include "lab/claims/workbench/landscape.h"
#include "lab/claims/workbench/trainings.h"
#include "lab/text/statistics.h"

namespace normlab {
namespace {

const std::string kVgg = "VGG6", kPlateau = "VGG6 from standard weights", kLinear = "deep linear net",
                  kUnseen = "VGG6 without looks", kReal = "VGG on CIFAR-10",
                  kGhost = R"({"type":"ghost_batch","virtual_batch_size":2})";
constexpr std::size_t kSeldom = 5;  // of so many looks one is checked

// A look ahead every so many steps.
Numbers looked_at(Workbench& bench, const Run& run) {
    Numbers found;
    const auto look = [&](Module& net, const Objective& objective, Index step, Index every) {
        if (run.net == kUnseen || step % every != 0) return;
        look_ahead(net, objective, run.rate, step, found);
        if ((found["step"].size() - 1) % kSeldom == 0) check_look(net, objective, run.rate, found);
    };
    if (run.net == kLinear) {
        const DeepLinear linear = make_deep_linear(run.norm, run.seed);
        bench.fit(*linear.net, linear.objective, {.rate = run.rate, .steps = 1200},
                  [&](Index step) { look(*linear.net, linear.objective, step, 60); });
        return found;
    }
    const bool real = run.net == kReal;
    const DataSet& images = real ? bench.images("cifar10") : bench.images("digits", 4000, 1000);
    const std::string small = vgg6(run.net == kPlateau ? "standard" : "kaiming_normal");
    const auto net = real ? make_net({.layers = vgg(), .norm = run.norm, .image = {3, 32, 32}}, run.seed)
                          : make_net({.layers = small, .norm = run.norm}, run.seed);
    const Recipe recipe{.rate = run.rate, .steps = real ? 15000 : 150, .batch = real ? 128 : 64};
    const Index every = real ? 100 : run.net == kPlateau ? 30 : 10;
    const Training training =
        bench.train(*net, images, recipe, run.seed,
                    [&](Index step, const Batch& batch) { look(*net, batch, step, every); }, {run.label(), &found});
    found["losses"] = training.losses;
    found["accuracy"] = {training.diverged ? 0.1 : test_accuracy(*net, images)};
    return found;
}

// Late in training. λ = 2/η is the largest curvature along which a step of η does not climb: the edge of stability.
double late(const std::vector<double>& betas) {
    return median_of({betas.begin() + static_cast<std::ptrdiff_t>(betas.size() / 2), betas.end()});
}
double middle(const std::vector<double>& values) {
    return median_of(values);
}
std::vector<double> by_edge(const Trainings& all, const Run& run) {
    std::vector<double> betas = all.each(run, "beta", late);
    for (double& beta : betas) beta *= run.rate / 2;
    return betas;
}

// Of a net that learns, at one rate.
std::vector<Check> smoother(const Trainings& all, const std::string& net, double rate_given) {
    const Run none{net, "none", rate_given}, batch = none.with("batch");
    const std::string rate = text_of(rate_given);
    const auto what = [&](const std::string& en, const std::string& ko) {
        return Words{en + ", none / batch, rate " + rate, ko + ", 정규화 없음 / 배치 정규화, 학습률 " + rate};
    };
    const auto compared = [&](const char* found, Trainings::Number number) {
        return all.ratio(none, batch, found, number);
    };
    const std::string source = "Santurkar et al. 2018, figure 4";
    return {
        proof("range-" + rate, {25}, what("mean range of the loss ahead", "앞쪽 손실의 평균 범위"),
              compared("range", mean_of), at_least(2))
            .as_ratio()
            .from(source),
        proof("change-" + rate, {26}, what("mean change of the gradient ahead", "앞쪽 기울기의 평균 변화"),
              compared("change", mean_of), at_least(2))
            .as_ratio()
            .from(source),
        proof("beta-" + rate, {26}, what("mean β", "평균 β"), compared("beta", mean_of), at_least(1.5))
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
               compared("range by loss", mean_of))
            .as_ratio(),
        report("change-by-length-" + rate, {26},
               what("mean change by the gradient's length", "기울기 크기 대비 평균 변화"),
               compared("change by length", mean_of))
            .as_ratio(),
        report("random-" + rate, {25},
               what("mean change of the loss in random directions", "무작위 방향에서 손실의 평균 변화"),
               compared("random", mean_of))
            .as_ratio()};
}

std::vector<Check> where_it_ends(const Trainings& all) {
    const Run low{kVgg, "batch", 0.05}, high{kVgg, "batch", 0.1}, plateau{kPlateau, "batch", 0.1},
        linear{kLinear, "batch", 1e-4};
    return {proof("cosine-0.05", {26},
                  {"cosine of the gradients here and ahead, batch − none, rate 0.05",
                   "현재와 앞쪽 기울기의 코사인, 배치 정규화 − 없음, 학습률 0.05"},
                  all.difference(low, low.with("none"), "cosine", mean_of), at_least(0)),
            report("cosine-0.1", {26}, {"the same at rate 0.1", "학습률 0.1에서"},
                   all.difference(high, high.with("none"), "cosine", mean_of)),
            limit("plateau", {25},
                  {"mean range of the loss ahead, none / batch, where the plain net stands on a plateau",
                   "정규화 없는 망이 평지에 머물 때 앞쪽 손실의 평균 범위, 정규화 없음 / 배치 정규화"},
                  all.ratio(plateau.with("none"), plateau, "range", mean_of), at_most(0.2))
                .as_ratio(),
            limit("linear", {26},
                  {"late β in the deep linear net at a small rate, batch / none",
                   "작은 학습률의 깊은 선형망의 학습 후반 β, 배치 정규화 / 없음"},
                  all.ratio(linear, linear.with("none"), "beta", late), at_least(10))
                .as_ratio(),
            report("linear-range", {25},
                   {"mean range of the loss ahead in that net, batch / none",
                    "그 망에서 앞쪽 손실의 평균 범위, 배치 정규화 / 없음"},
                   all.ratio(linear, linear.with("none"), "range", mean_of))
                .as_ratio(),
            report("ghost-change", {26},
                   {"mean change of the gradient ahead, ghost batch norm of 2 images / batch norm",
                    "앞쪽 기울기의 평균 변화, 이미지 2장씩의 고스트 배치 정규화 / 배치 정규화"},
                   all.ratio(high.with(kGhost), high, "change", mean_of))
                .as_ratio()
                .from("Dimitriou & Arandjelović 2020"),
            report("ghost-accuracy", {26}, {"their test accuracies", "두 망의 테스트 정확도의 비"},
                   all.ratio(high.with(kGhost), high, "accuracy", mean_of))
                .as_ratio(),
            control("second-derivative",
                    {"change of the gradient close by, by that of a difference to both sides, in the deep linear net, "
                     "which is smooth",
                     "매끄러운 깊은 선형망에서 가까운 곳의 기울기 변화 / 양쪽 차분으로 구한 값"},
                    all.each(linear, "second derivative", middle), between(0.95, 1.05))
                .as_ratio()};
}

Plot::Curve curve(const Trainings& all, const Run& run, const std::string& y, const std::string& low = "",
                  const std::string& high = "") {
    Plot::Curve line = curve_of(run, all.of_first_seed(run, "step"), all.of_first_seed(run, y));
    if (!low.empty()) line.low = all.of_first_seed(run, low), line.high = all.of_first_seed(run, high);
    return line;
}

// Figures 4(a) to (c), at one rate.
void draw(const Trainings& all, const std::string& net, double rate, std::vector<Picture>& pictures) {
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
        losses.curves.push_back(curve(all, run, "loss", "low", "high"));
        changes.curves.push_back(curve(all, run, "change", "least change", "change"));
        betas.curves.push_back(curve(all, run, "beta"));
    }
    betas.lines = {{2 / rate, {"2/η", "2/η"}}};
    for (const Plot& each : {losses, changes, betas}) pictures.push_back(each);
}

// L(w − s g) itself, at the first look, in the middle and at the last.
Plot slices(const Trainings& all, const std::string& net) {
    Plot plot{.title = {"The loss along the gradient, at three steps", "세 시점에서 기울기를 따라 본 손실"},
              .x = {"distance, in steps of the learning rate", "거리 (학습률 한 걸음 = 1)"},
              .y = {"loss", "손실"},
              .y_logarithmic = true};
    for (const char* norm : {"none", "batch"}) {
        const Run run{net, norm, 0.1};
        const std::vector<double>&at = all.of_first_seed(run, "step"), &losses = all.of_first_seed(run, "slice");
        for (const std::size_t look : {std::size_t{0}, at.size() / 2, at.size() - 1}) {
            Plot::Curve line = curve(all, run, "loss");
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

// Spread over trainings with five rates: another quantity, and no property of the loss around a point.
Plot wrong_picture(const Trainings& all) {
    Plot plot{.title = {"What is often shown instead: the losses of trainings with five rates",
                        "흔히 대신 보여 주는 그림: 다섯 학습률로 학습한 손실의 폭"},
              .x = {"step", "걸음"},
              .y = {"loss", "손실"},
              .y_logarithmic = true};
    for (const char* norm : {"none", "batch"}) {
        Plot::Curve line = curve(all, {kVgg, norm, 0.1}, "losses");
        line.x.clear(), line.y.clear();
        for (std::size_t step = 0;; ++step) {
            std::vector<double> losses;  // of those that have not diverged
            for (const Run& run : {Run{kUnseen, norm, 0.0125}, Run{kUnseen, norm, 0.025}, Run{kVgg, norm, 0.05},
                                   Run{kVgg, norm, 0.1}, Run{kUnseen, norm, 0.2}})
                if (const auto& all_steps = all.of_first_seed(run, "losses"); all_steps.size() > step)
                    losses.push_back(all_steps[step]);
            if (losses.empty()) break;
            line.x.push_back(static_cast<double>(step)), line.y.push_back(median_of(losses));
            line.low.push_back(std::ranges::min(losses)), line.high.push_back(std::ranges::max(losses));
        }
        plot.curves.push_back(std::move(line));
    }
    return plot;
}

Evidence examine_landscape(Workbench& bench) {
    std::vector<Run> kinds, once;
    for (const char* norm : {"none", "batch"}) {
        if (bench.real()) {
            kinds.push_back({kReal, norm, 0.1});
            continue;
        }
        kinds.insert(kinds.end(),
                     {{kVgg, norm, 0.05}, {kVgg, norm, 0.1}, {kPlateau, norm, 0.1}, {kLinear, norm, 1e-4}});
        once.insert(once.end(), {{kUnseen, norm, 0.0125}, {kUnseen, norm, 0.025}, {kUnseen, norm, 0.2}});
    }
    if (!bench.real()) kinds.push_back({kVgg, kGhost, 0.1});
    const Trainings all(
        bench, kinds, [&](const Run& run) { return looked_at(bench, run); }, once);

    const std::string net = bench.real() ? kReal : kVgg;
    Evidence found{.checks = smoother(all, net, 0.1), .settings = bench.real() ? vgg() : vgg6()};
    found.checks.push_back(control("still",
                                   {"change of loss and gradient where one stays", "제자리에서 손실과 기울기의 변화"},
                                   all.each({net, "batch", 0.1}, "still", largest_of), at_most(0)));
    draw(all, net, 0.1, found.pictures);
    found.pictures.push_back(slices(all, net));
    found.remarks = {
        {"Flat is smooth: a net that stands on a plateau has the smoothest loss of all, and learns nothing.",
         "평지는 매끄럽습니다. 평지에 머무는 망의 손실이 가장 매끄럽지만, 그 망은 아무것도 배우지 못합니다."}};
    if (bench.real()) return found;
    for (std::vector<Check> more : {smoother(all, net, 0.05), where_it_ends(all)})
        std::ranges::move(more, std::back_inserter(found.checks));
    draw(all, net, 0.05, found.pictures);
    found.pictures.push_back(wrong_picture(all));
    found.remarks.push_back(
        {"The last picture is the spread over whole trainings. It tells how much a training depends on its rate, and "
         "nothing about the loss around a point.",
         "마지막 그림은 학습 전체를 학습률별로 견준 폭입니다. 학습이 학습률에 얼마나 좌우되는지를 보여 줄 뿐, 한 점 "
         "둘레의 손실에 대해서는 아무것도 말해 주지 않습니다."});
    return found;
}

}  // namespace

const Claim kLandscape = {
    .name = "landscape",
    .question = {"Is the loss smoother with batch norm?", "손실 지형은 정말 매끄러워지나요?"},
    .statements = {25, 26},
    .seconds = 110,
    .seeds = 5,
    .setting = {"six convolutions (8, 8, 16, 16, 32, 32 channels) on drawn digits, batches of 64, rates 0.05 and 0.1, "
                "150 steps, a look ahead every 10; the same from PyTorch's weights; a deep linear net at rate 0.0001",
                "그려진 숫자로 합성곱 여섯 층(8, 8, 16, 16, 32, 32채널), 배치 64, 학습률 0.05와 0.1로 150걸음, "
                "10걸음마다 앞을 "
                "내다봄. PyTorch의 초기값에서 시작한 같은 망. 학습률 0.0001의 깊은 선형망"},
    .refutation = {"where both nets learn, a loss or a gradient that changes as much ahead of the net with batch norm "
                   "as ahead of the plain one",
                   "둘 다 학습하는데도, 배치 정규화가 있는 망의 앞쪽 손실이나 기울기가 없는 망만큼 크게 바뀌는 것"},
    .sources = {"Santurkar et al. 2018, figure 4", "Cohen et al. 2021", "Dimitriou & Arandjelović 2020"},
    .real_data = "cifar10",
    .examine = examine_landscape,
};

}  // namespace normlab
