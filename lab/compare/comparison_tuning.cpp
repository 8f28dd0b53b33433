#include <algorithm>
#include <cmath>
#include <numeric>

#include "lab/compare/comparison_page.h"
#include "lab/compare/tuning_text.h"
#include "lab/compare/variant_series.h"
#include "lab/report/heat_map.h"
#include "lab/report/page.h"

namespace normlab {
namespace {

double accuracy_with(const Tuning::Choice& choice, std::size_t candidate) {
    const std::optional<Score>& score = choice.candidates[candidate].score;
    return score ? 100 * score->accuracy : NAN;
}

// The curve of the choice, where one key of numbers is tuned.
Chart choice_chart(const Comparison& comparison, const Results& results, std::size_t condition) {
    const SweepAxis& axis = comparison.tuning->axes.front();
    std::vector<std::size_t> order(axis.values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return *axis.values[i].number(); });
    std::vector<double> numbers;
    for (const std::size_t i : order) numbers.push_back(*axis.values[i].number());
    const std::string at = results.condition_text(condition);
    Chart chart{.title = at.empty() ? "Validation accuracy over " + axis.words() : capitalized(at),
                .unit = at.empty() ? "%" : "% of the validation images",
                .x = axis_of_numbers(axis.words(), numbers),
                .y = accuracy_axis()};
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
        Series series = series_of(results, variant);
        const Tuning::Choice& choice = choice_of(comparison, results.cell(variant, condition));
        series.x = numbers;
        for (const std::size_t i : order) series.y.push_back(accuracy_with(choice, i));
        chart.series.push_back(series);
    }
    return chart;
}

// All values with all variants.
HeatMap choice_map(const Comparison& comparison, const Results& results) {
    const Tuning& tuning = *comparison.tuning;
    HeatMap map{.row_title = "variant"};
    for (const SweepAxis& axis : tuning.axes) map.column_title += (map.column_title.empty() ? "" : ", ") + axis.words();
    for (std::size_t i = 0; i < tuning.choices.front().candidates.size(); ++i) map.columns.push_back(tuning.label(i));
    for (std::size_t condition = 0; condition < results.conditions.size(); ++condition)
        for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
            const std::string at = results.condition_text(condition);
            map.rows.push_back(results.variants[variant] + (at.empty() ? "" : ", " + at));
            const Tuning::Choice& choice = choice_of(comparison, results.cell(variant, condition));
            for (std::size_t i = 0; i < map.columns.size(); ++i) {
                const Tuning::Candidate& candidate = choice.candidates[i];
                HeatCell cell{.hint = map.rows.back() + ", " + map.columns[i]};
                if (candidate.score) {
                    cell.text = fixed(100 * candidate.score->accuracy, 1) + (choice.best == i ? " \u2713" : "");
                    cell.strength = choice.best == i ? 0.85 : 0.2;
                } else if (candidate.ended) {
                    cell.tone = HeatCell::Tone::bad;
                    cell.text = "\u2715", cell.strength = 0.85;
                }
                map.cells.push_back(cell);
            }
        }
    return map;
}

Html choice_table(const Comparison& comparison, const Results& results) {
    const Tuning& tuning = *comparison.tuning;
    PlainTable table{.columns = {{"Variant"}}, .stacks = true};
    if (results.conditions.size() > 1) table.columns.push_back({capitalized(results.condition_column())});
    for (const SweepAxis& axis : tuning.axes) table.columns.push_back({capitalized(axis.words()), axis.is_numeric()});
    table.columns.push_back({"Validation", true});
    table.columns.push_back({""});
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant)
        for (std::size_t condition = 0; condition < results.conditions.size(); ++condition) {
            const Tuning::Choice& choice = choice_of(comparison, results.cell(variant, condition));
            std::vector<Html> row = {results.variants[variant]};
            if (results.conditions.size() > 1) row.emplace_back(results.conditions[condition]);
            for (std::size_t axis = 0; axis < tuning.axes.size(); ++axis)
                row.emplace_back(choice.best ? tuning.value(*choice.best, axis).label : "");
            row.emplace_back(choice.best ? percent(choice.candidates[*choice.best].score->accuracy) : "");
            row.emplace_back(tuning_note(tuning, choice));
            table.rows.push_back(row);
        }
    return to_html(table);
}

}  // namespace

Html tuning_section(const Comparison& comparison, const Results& results) {
    if (!comparison.tuning) return {};
    const Tuning& tuning = *comparison.tuning;
    std::vector<std::string> words;
    for (const SweepAxis& axis : tuning.axes) words.push_back(axis.words());
    std::string note = capitalized(joined(words)) + " of each variant" +
                       (results.conditions.size() > 1 ? " under each condition" : "") +
                       ": the value with the highest accuracy on the validation images after a run with seed " +
                       std::to_string(tuning.seed) + ". The test set played no part.";
    if (tuning.ended() < tuning.runs())
        note += " So far " + std::to_string(tuning.ended()) + " of " + std::to_string(tuning.runs()) + " runs.";
    Html pictures, remarks;
    const bool is_curve = tuning.axes.size() == 1 && tuning.axes.front().is_numeric();
    for (std::size_t condition = 0; condition < results.conditions.size() && is_curve; ++condition)
        pictures += to_html(choice_chart(comparison, results, condition));
    if (!is_curve) pictures = tag("div", {}, to_html(choice_map(comparison, results)));
    for (const std::string& remark : tuning_remarks(comparison, results)) remarks += tag("p", {}, remark);
    const Html link = tag("p", {{"class", "note"}}, tag("a", {{"href", "tune/report.html"}}, "The runs of the tuning"));
    return section(
        "Tuning", note,
        tag("div", {{"class", "pair"}}, pictures + tag("div", {}, choice_table(comparison, results) + remarks + link)));
}

}  // namespace normlab
