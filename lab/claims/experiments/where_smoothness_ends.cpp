// Where the loss is not smoother with batch norm: where the plain net stands on a plateau, for flat is smooth, and in a
// deep linear net at a rate far below its limit. And what is often shown instead.
#include <algorithm>

#include "lab/claims/experiments/landscape.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/deep_linear.h"
#include "lab/claims/workbench/landscape.h"
#include "lab/text/statistics.h"

namespace normlab {
namespace {

const std::string kGhost = R"({"type":"ghost_batch","virtual_batch_size":2})";

Numbers linear_looking_ahead(Workbench& bench, const Run& run, std::uint64_t seed) {
    const DeepLinear linear = make_deep_linear(run.norm, seed);
    Numbers found;
    bench.fit(*linear.net, linear.objective, {.rate = run.rate, .steps = 1200}, [&](Index step) {
        if (step % 60 == 0) look_and_check(*linear.net, linear.objective, run.rate, step, found);
    });
    return found;
}

std::vector<Run> of_five_rates(const std::string& norm) {
    return {
        {kUnseen, norm, 0.0125}, {kUnseen, norm, 0.025}, {kVgg, norm, 0.05}, {kVgg, norm, 0.1}, {kUnseen, norm, 0.2}};
}

// Spread over trainings with five rates: another quantity, and no property of the loss around a point.
Plot wrong_picture(const Trials& all) {
    Plot plot{.title = {"What is often shown instead: the losses of trainings with five rates",
                        "흔히 대신 보여 주는 그림: 다섯 학습률로 학습한 손실의 폭"},
              .x = {"step", "걸음"},
              .y = {"loss", "손실"},
              .y_logarithmic = true};
    for (const char* norm : {"none", "batch"}) {
        Plot::Curve line{.name = title_of(norm), .x = {}, .y = {}, .colour = colour_of(norm)};
        for (std::size_t step = 0;; ++step) {
            std::vector<double> losses;  // of those that have not diverged
            for (const Run& run : of_five_rates(norm))
                if (const auto& all_steps = all.list(run, "losses"); all_steps.size() > step)
                    losses.push_back(all_steps[step]);
            if (losses.empty()) break;
            line.x.push_back(static_cast<double>(step)), line.y.push_back(median_of(losses));
            line.low.push_back(std::ranges::min(losses)), line.high.push_back(std::ranges::max(losses));
        }
        plot.curves.push_back(std::move(line));
    }
    return plot;
}

}  // namespace

Evidence examine_where_smoothness_ends(Workbench& bench) {
    Evidence found;
    found.remarks = {
        {"Flat is smooth: a net that stands on a plateau has the smoothest loss of all, and learns nothing.",
         "평지는 매끄럽습니다. 평지에 머무는 망의 손실이 가장 매끄럽지만, 그 망은 아무것도 배우지 못합니다."}};
    if (bench.real()) return found;
    const Run batch{kVgg, "batch", 0.1}, ghost = batch.with(kGhost), plateau{kPlateau, "batch", 0.1},
                                         linear{"deep linear net", "batch", 1e-4};
    std::vector<Run> spread = of_five_rates("none");
    std::ranges::move(of_five_rates("batch"), std::back_inserter(spread));
    const Trials all(bench, {batch, ghost, plateau, plateau.with("none")}, train_looking_ahead),
        deep(bench, {linear, linear.with("none")}, linear_looking_ahead),
        rates(bench, spread, train_looking_ahead, Trials::Seeds::first);

    found.checks = {
        limit("plateau", {25},
              {"mean range of the loss ahead, none / batch, where the plain net stands on a plateau",
               "정규화 없는 망이 평지에 머물 때 앞쪽 손실의 평균 범위, 정규화 없음 / 배치 정규화"},
              all.ratio(plateau.with("none"), plateau, "range"), at_most(0.2))
            .as_ratio(),
        limit("linear", {26},
              {"late β in the deep linear net at a small rate, batch / none",
               "작은 학습률의 깊은 선형 망의 학습 후반 β, 배치 정규화 / 없음"},
              deep.ratio(linear, linear.with("none"), "beta", late), at_least(10))
            .as_ratio(),
        report("linear-range", {25},
               {"mean range of the loss ahead in that net, batch / none",
                "그 망에서 앞쪽 손실의 평균 범위, 배치 정규화 / 없음"},
               deep.ratio(linear, linear.with("none"), "range"))
            .as_ratio(),
        report("ghost-change", {26},
               {"mean change of the gradient ahead, ghost batch norm of 2 images / batch norm",
                "앞쪽 기울기의 평균 변화, 이미지 2장씩의 고스트 배치 정규화 / 배치 정규화"},
               all.ratio(ghost, batch, "change"))
            .as_ratio()
            .from("Dimitriou & Arandjelović 2020"),
        report("ghost-accuracy", {26}, {"their test accuracies", "두 망의 테스트 정확도의 비"},
               all.ratio(ghost, batch, "accuracy"))
            .as_ratio(),
        control("second-derivative",
                {"change of the gradient close by, by that of a difference to both sides, in the deep linear net, "
                 "which is smooth",
                 "매끄러운 깊은 선형 망에서 가까운 곳의 기울기 변화 / 양쪽 차분으로 구한 값"},
                deep.of(linear, "second derivative", median_of), between(0.95, 1.05))
            .as_ratio()};
    found.pictures = {wrong_picture(rates)};
    found.remarks.push_back(
        {"The last picture is the spread over whole trainings. It tells how much a training depends on its rate, and "
         "nothing about the loss around a point.",
         "마지막 그림은 학습 전체를 학습률별로 견준 폭입니다. 학습이 학습률에 얼마나 좌우되는지를 보여 줄 뿐, 한 점 "
         "둘레의 손실에 대해서는 아무것도 말해 주지 않습니다."});
    return found;
}

}  // namespace normlab
