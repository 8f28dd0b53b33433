#include <algorithm>
#include <cmath>

#include "lab/report/chart.h"
#include "lab/report/page.h"
#include "lab/report/sections.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

std::vector<double> column(const std::vector<EpochMetrics>& metrics, double EpochMetrics::*field, double factor = 1) {
    std::vector<double> values;
    for (const EpochMetrics& each : metrics) values.push_back(factor * each.*field);
    return values;
}
std::vector<double> judged(const std::vector<EpochMetrics>& metrics, double Score::*field, double factor = 1) {
    std::vector<double> values;
    for (const EpochMetrics& each : metrics) values.push_back(factor * each.judged().*field);
    return values;
}

// How far the run has come is told in epochs if it is tested after each, or else in steps.
struct Way {
    bool in_epochs;
    std::string unit() const { return in_epochs ? "epoch" : "step"; }
    Index of(const EpochMetrics& metrics) const { return in_epochs ? metrics.epoch : metrics.step; }
    std::vector<double> of(const std::vector<EpochMetrics>& metrics) const {
        std::vector<double> values;
        for (const EpochMetrics& each : metrics) values.push_back(static_cast<double>(of(each)));
        return values;
    }
    Chart chart(const std::string& title, const std::string& about, Axis y) const {
        const Axis x{
            .title = unit(), .whole = true, .text = [](double at) { return std::to_string(std::llround(at)); }};
        return {.title = title, .unit = about, .x = x, .y = std::move(y), .group = "epochs"};
    }
};

// Colours and dashes are the same in every chart: what is judged by is solid, the training set dashed.
Series judged_curve(const Report& report, const std::vector<double>& x, std::vector<double> y) {
    return {.name = report.metrics.back().validation ? "validation" : "test", .x = x, .y = std::move(y)};
}
Series train_curve(const std::vector<double>& x, std::vector<double> y) {
    return {.name = "training", .x = x, .y = std::move(y), .colour = 1, .style = Series::Style::dashed};
}

Html loss_of_steps(const Report& report) {
    if (report.step_losses.empty()) return {};
    Series series{.name = "training", .colour = 1};
    for (const StepLoss& each : report.step_losses) {
        series.x.push_back(static_cast<double>(each.step));
        series.y.push_back(each.loss);
    }
    Chart chart = Way{.in_epochs = false}.chart("Loss of single steps", "", {});
    chart.group = "steps";
    chart.series = {series};
    chart.y.logarithmic = spans_decades(chart.series);
    if (!chart.y.logarithmic) chart.y.from = 0;
    return to_html(chart);
}

}  // namespace

Html curves(const Report& report) {
    const std::vector<EpochMetrics>& m = report.metrics;
    if (m.empty()) return {};
    const Way way{are_of_epochs(m)};
    const std::vector<double> x = way.of(m);
    const EpochMetrics& best = *best_of(m);
    std::vector<Mark> marks;
    if (m.size() > 1)
        marks.push_back(
            {static_cast<double>(way.of(best)), "best: " + way.unit() + " " + std::to_string(way.of(best))});

    Chart loss = way.chart("Loss", "", {});
    loss.series = {judged_curve(report, x, judged(m, &Score::loss)),
                   train_curve(x, column(m, &EpochMetrics::train_loss))};
    loss.marks = marks;
    loss.y.logarithmic = spans_decades(loss.series);
    if (!loss.y.logarithmic) loss.y.from = 0;

    Chart accuracy = way.chart("Accuracy", "%", {.text = [](double value) { return percent(value / 100); }});
    accuracy.series = {judged_curve(report, x, judged(m, &Score::accuracy, 100)),
                       train_curve(x, column(m, &EpochMetrics::train_accuracy, 100))};
    accuracy.marks = marks;

    Chart rate = way.chart("Learning rate", way.in_epochs ? "of the epoch's last step" : "", {.from = 0});
    rate.series = {{.name = "rate", .x = x, .y = column(m, &EpochMetrics::lr), .colour = 3}};

    Chart speed = way.chart("Throughput", "images per second", {.from = 0});
    speed.series = {{.name = "learning", .x = x, .y = column(m, &EpochMetrics::images_per_s), .colour = 2}};

    return section("Curves", "",
                   tag("div", {{"class", "pair"}},
                       to_html(loss) + to_html(accuracy) + to_html(rate) + to_html(speed) + loss_of_steps(report)));
}

}  // namespace normlab
