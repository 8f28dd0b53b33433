#include <algorithm>
#include <cmath>
#include <numeric>

#include "lab/compare/comparison_page.h"
#include "lab/compare/over.h"
#include "lab/compare/variant_series.h"
#include "lab/compare/verdict.h"
#include "lab/report/heat_map.h"
#include "lab/report/intervals.h"
#include "lab/report/page.h"
#include "lab/report/scale.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr double kPale = 0.08, kFull = 0.85;

// The runs of a cell that a curve is drawn from: those that diverged have no end to show.
std::vector<const ComparedRun*> drawn_runs(const Cell& cell) {
    std::vector<const ComparedRun*> runs;
    for (const ComparedRun* run : cell.runs)
        if (!run->diverged() && !run->metrics.empty()) runs.push_back(run);
    return runs;
}

// The mean over the seeds at each test, in a band from the lowest to the highest.
Series curve_of(const Results& results, std::size_t variant, std::size_t condition, Over over) {
    Series series = series_of(results, variant);
    const std::vector<const ComparedRun*> runs = drawn_runs(results.cell(variant, condition));
    std::size_t tests = 0;
    for (const ComparedRun* run : runs) tests = std::max(tests, run->metrics.size());
    for (std::size_t test = 0; test < tests; ++test) {
        std::vector<double> accuracies, places;
        for (const ComparedRun* run : runs)
            if (test < run->metrics.size()) {
                const EpochMetrics& metrics = run->metrics[test];
                accuracies.push_back(100 * metrics.judged().accuracy);
                places.push_back(place_of(metrics, over));
            }
        series.x.push_back(sample_of(places).mean);
        series.y.push_back(sample_of(accuracies).mean);
        const auto [low, high] = std::ranges::minmax(accuracies);
        series.low.push_back(low), series.high.push_back(high);
    }
    return series;
}

double flipped(double accuracy) {
    return 100 - accuracy;
}

// Where all variants come near 100 %, their curves lie on each other at the top: what is left to 100 % tells them
// apart, on a logarithmic axis.
void show_errors(Chart& chart) {
    std::vector<Series> errors = chart.series;
    for (Series& series : errors) {
        for (auto* values : {&series.y, &series.low, &series.high})
            std::ranges::transform(*values, values->begin(), flipped);
        std::swap(series.low, series.high);
    }
    if (!spans_decades(errors)) return;
    chart.series = errors;
    chart.unit = "% wrong";
    chart.y.logarithmic = true;
}

Chart chart_of(const Results& results, std::size_t condition, Over over) {
    const std::string at = results.condition_text(condition);
    const char* all = results.validated ? "Validation images" : "Test set";
    Chart chart = chart_over(over, capitalized(at.empty() ? all : at), "% right");
    chart.y = accuracy_axis();
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant)
        chart.series.push_back(curve_of(results, variant, condition, over));
    show_errors(chart);
    return chart;
}

// What tells how far a run has come.
Over progress_of(const Results& results, std::size_t condition) {
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant)
        for (const ComparedRun* run : drawn_runs(results.cell(variant, condition)))
            if (!are_of_epochs(run->metrics)) return Over::steps;
    return Over::epochs;
}

bool anything_to_draw(const Results& results, std::size_t condition) {
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant)
        if (!drawn_runs(results.cell(variant, condition)).empty()) return true;
    return false;
}

std::string text_of(const Sample& sample) {
    const auto reach = margin(sample);
    return reach ? points(sample.mean, *reach) + " %" : percent(sample.mean);
}

std::string diverged_note(const Cell& cell) {
    return "diverged " + cell.divergence();
}

std::string state_text(const Cell& cell) {
    const auto sample = sample_of(cell, final_accuracy);
    if (sample) return text_of(*sample) + (cell.diverged() > 0 ? ", " + diverged_note(cell) : "");
    return cell.diverged() > 0 ? diverged_note(cell) : "no run has ended yet";
}

Html interval_plot(const Results& results, std::size_t condition) {
    Intervals intervals{.unit = "%", .lowest = 0, .highest = 100};
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
        const Cell& cell = results.cell(variant, condition);
        IntervalRow row{
            .name = results.variants[variant], .colour = static_cast<int>(variant), .text = state_text(cell)};
        for (const double value : values_of(cell, final_accuracy)) row.values.push_back(100 * value);
        if (const auto sample = sample_of(cell, final_accuracy)) {
            row.mean = 100 * sample->mean;
            if (const auto reach = margin(*sample)) row.margin = 100 * *reach;
        }
        intervals.rows.push_back(row);
    }
    return to_html(intervals);
}

// Accuracy over batch size, over the learning rate, over whatever distinguishes the conditions.
Html over_conditions(const Results& results) {
    std::vector<std::size_t> order(results.conditions.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t condition) { return results.condition_numbers[condition]; });
    std::vector<double> numbers;
    for (const std::size_t condition : order) numbers.push_back(results.condition_numbers[condition]);
    Chart chart{.title = "Final accuracy over " + results.condition_title,
                .unit = "%",
                .x = axis_of_numbers(results.condition_title, numbers),
                .y = accuracy_axis()};
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
        Series series = series_of(results, variant);
        series.x = numbers;
        for (const std::size_t condition : order) {
            const auto sample = sample_of(results.cell(variant, condition), final_accuracy);
            const double mean = sample ? 100 * sample->mean : NAN;
            const double reach = sample ? 100 * margin(*sample).value_or(0) : NAN;
            series.y.push_back(mean);
            series.low.push_back(sample ? std::max(0.0, mean - reach) : NAN);
            series.high.push_back(sample ? std::min(100.0, mean + reach) : NAN);
        }
        chart.series.push_back(series);
    }
    return to_html(chart);
}

HeatMap heat_map(const Results& results) {
    HeatMap map{.row_title = "variant",
                .column_title = results.condition_title.empty() ? "condition" : results.condition_title,
                .rows = results.variants,
                .columns = results.conditions};
    double low = INFINITY, high = -INFINITY;
    for (const Cell& cell : results.cells)
        if (const auto sample = sample_of(cell, final_accuracy))
            low = std::min(low, sample->mean), high = std::max(high, sample->mean);
    for (std::size_t row = 0; row < map.rows.size(); ++row)
        for (std::size_t column = 0; column < map.columns.size(); ++column) {
            const Cell& cell = results.cell(row, column);
            const auto sample = sample_of(cell, final_accuracy);
            HeatCell heat{.hint = map.rows[row] + ", " + results.condition_text(column) + ": " + state_text(cell)};
            if (sample) {
                const double place = high > low ? (sample->mean - low) / (high - low) : 1;
                heat.strength = kPale + place * (kFull - kPale);
                heat.text = fixed(100 * sample->mean, 1);
            }
            if (cell.diverged() > 0) {
                heat.tone = HeatCell::Tone::bad;
                heat.strength = sample ? 0.4 : kFull;
                heat.text += heat.text.empty() ? "\u2715" : " \u2715";
            }
            map.cells.push_back(heat);
        }
    return map;
}

std::string in_the_end(const Results& results) {
    return results.validated ? "On the " + results.last_judge() + ", in the end" : "In the end";
}

}  // namespace

Html comparison_curves(const Results& results) {
    Html charts;
    for (std::size_t condition = 0; condition < results.conditions.size(); ++condition)
        if (anything_to_draw(results, condition))
            charts += to_html(chart_of(results, condition, progress_of(results, condition))) +
                      to_html(chart_of(results, condition, Over::seconds));
    if (charts.empty()) return {};
    return section("Accuracy while training",
                   "On the " + results.judge() +
                       ": the mean over the seeds, in a band from the lowest to the highest. Seconds include "
                       "the evaluations, on the machine that trained the run. Where accuracies come near 100 %, the "
                       "share of wrong answers is drawn in their place.",
                   tag("div", {{"class", "pair"}}, charts));
}

Html final_accuracies(const Results& results) {
    const std::string where = in_the_end(results);
    const std::string about = where +
                              ". The large mark is the mean over the seeds, the small ones are the runs, "
                              "the bar is the 95 % interval of the mean (Student's t).";
    if (results.conditions.size() == 1) return section("Final accuracy", about, interval_plot(results, 0));
    Html charts = results.condition_numbers.empty() ? Html() : over_conditions(results);
    charts += tag("div", {},
                  tag("h3", {}, "Means") + to_html(heat_map(results)) +
                      tag("p", {{"class", "note"}}, "\u2715 marks cells in which a run diverged."));
    return section("Final accuracy",
                   where + ": the mean over the seeds; a band is the 95 % interval of the mean (Student's t).",
                   tag("div", {{"class", "pair"}}, charts));
}

}  // namespace normlab
