#include "lab/compare/side_by_side.h"

#include <algorithm>
#include <cmath>

#include "lab/compare/over.h"
#include "lab/report/chart.h"
#include "lab/report/page.h"
#include "lab/report/scale.h"
#include "lab/report/sections.h"
#include "lab/run/run_folder.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

// A run looks the same in every chart; when the colours run out, curves are dashed.
Series series_of(const std::vector<ShownRun>& runs, std::size_t i) {
    return {.name = runs[i].name,
            .colour = static_cast<int>(i),
            .style = i / kChartColours % 2 == 1 ? Series::Style::dashed : Series::Style::line};
}

Over progress_of(const std::vector<ShownRun>& runs) {
    const auto in_epochs = [](const ShownRun& run) { return are_of_epochs(run.metrics); };
    return std::ranges::all_of(runs, in_epochs) ? Over::epochs : Over::steps;
}

struct ShownCurve {
    std::string title, unit;
    double (*value)(const EpochMetrics&);
};
const ShownCurve kShownCurves[] = {
    {"accuracy", "%", [](const EpochMetrics& m) { return 100 * m.judged().accuracy; }},
    {"loss", "", [](const EpochMetrics& m) { return m.judged().loss; }},
    {"training loss", "", [](const EpochMetrics& m) { return m.train_loss; }},
};

// "Test accuracy", "Validation accuracy", or, of some runs the one and of some the other, "Accuracy".
std::string title_of(const std::vector<ShownRun>& runs, const ShownCurve& curve) {
    if (curve.title.starts_with("training")) return capitalized(curve.title);
    const auto validated = std::ranges::count_if(
        runs, [](const ShownRun& run) { return !run.metrics.empty() && run.metrics.front().validation.has_value(); });
    const bool none = validated == 0, all = validated == std::ssize(runs);
    return capitalized((none ? "test " : all ? "validation " : "") + curve.title);
}

Chart chart_of(const std::vector<ShownRun>& runs, const ShownCurve& curve, Over over) {
    Chart chart = chart_over(over, title_of(runs, curve), curve.unit);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Series series = series_of(runs, i);
        for (const EpochMetrics& metrics : runs[i].metrics) {
            series.x.push_back(place_of(metrics, over));
            series.y.push_back(curve.value(metrics));
        }
        chart.series.push_back(series);
    }
    if (!curve.unit.empty())
        chart.y.text = [](double value) { return percent(value / 100); };
    else if (spans_decades(chart.series))
        chart.y.logarithmic = true;
    else
        chart.y.from = 0;
    return chart;
}

Html shown_curves(const std::vector<ShownRun>& runs) {
    if (std::ranges::all_of(runs, [](const ShownRun& run) { return run.metrics.empty(); })) return {};
    Html charts;
    for (const ShownCurve& curve : kShownCurves)
        for (const Over over : {progress_of(runs), Over::seconds}) charts += to_html(chart_of(runs, curve, over));
    return section("Curves", "Seconds are those of the machine that each run had, and include the tests.",
                   tag("div", {{"class", "pair"}}, charts));
}

Score final_score(const EpochMetrics& last) {
    return last.test.value_or(last.judged());
}

Html state_of(const ShownRun& run) {
    const std::string text = words_for(run.state.kind);
    return run.state.text.empty() ? Html(text)
                                  : text + tag("span", {{"class", "note"}}, ": " + without_place(run.state.text));
}

// Beside the curve that stands for it, and a way to its own report.
Html name_of(const std::vector<ShownRun>& runs, std::size_t i, const fs::path& file) {
    const fs::path report = RunFolder{runs[i].folder}.report();
    const fs::path here = fs::absolute(file).parent_path().lexically_normal();
    Html name = runs[i].name;
    if (fs::exists(report))
        name = tag("a", {{"href", address(fs::absolute(report).lexically_normal().lexically_relative(here).string())}},
                   name);
    return tag("span", {{"class", "key"}}, swatch(series_of(runs, i)) + name);
}

Html final_figures(const std::vector<ShownRun>& runs, const fs::path& file) {
    const bool in_epochs = progress_of(runs) == Over::epochs;
    PlainTable table{.columns = {{"Run"}, {"State"}}, .stacks = true};
    for (const char* title :
         {in_epochs ? "Epochs" : "Steps", "Final", "Best", "Loss", "Training loss", "Time", "Images/s"})
        table.columns.push_back({title, true});
    for (std::size_t i = 0; i < runs.size(); ++i) {
        std::vector<Html> row = {name_of(runs, i, file), state_of(runs[i])};
        if (!runs[i].metrics.empty()) {
            const EpochMetrics& last = runs[i].metrics.back();
            const Score final = final_score(last), best = last.best_test.value_or(best_of(runs[i].metrics)->judged());
            for (const std::string& text :
                 {std::to_string(in_epochs ? last.epoch : last.step), percent(final.accuracy), percent(best.accuracy),
                  significant(final.loss, 3), significant(last.train_loss, 3), duration(last.seconds),
                  grouped(std::llround(last.images_per_s))})
                row.emplace_back(text);
        }
        row.resize(table.columns.size());
        table.rows.push_back(row);
    }
    return section(
        "What came of them",
        "Accuracies are those on the test set, or on the validation images while a run that has some goes on, "
        "at the last test and at the best; the loss and the speed are those of the last.",
        to_html(table));
}

using Grid = std::vector<std::vector<std::string>>;

Grid transposed(const Grid& grid) {
    Grid turned(grid.front().size());
    for (const auto& row : grid)
        for (std::size_t i = 0; i < row.size(); ++i) turned[i].push_back(row[i]);
    return turned;
}

// Keys go down the page, or runs if there are more of them.
Html differences_table(const std::vector<ShownRun>& runs) {
    const std::vector<ConfigDifference> all = differences(runs);
    if (all.empty()) return section("Configs", "They differ in nothing but the name.", {});
    Grid grid(1 + all.size(), {""});
    for (const ShownRun& run : runs) grid[0].push_back(run.name);
    for (std::size_t i = 0; i < all.size(); ++i) {
        grid[1 + i] = {all[i].key};
        grid[1 + i].insert(grid[1 + i].end(), all[i].values.begin(), all[i].values.end());
    }
    if (runs.size() > all.size()) grid = transposed(grid);
    PlainTable table{.stacks = true};
    for (const std::string& title : grid[0]) table.columns.push_back({title});
    for (std::size_t i = 1; i < grid.size(); ++i) table.rows.emplace_back(grid[i].begin(), grid[i].end());
    return section("Configs", "The keys in which they differ; what is empty a run does not have.", to_html(table));
}

Html side_by_side_heading(const std::vector<ShownRun>& runs) {
    std::vector<Figure> all;
    const auto finished =
        std::ranges::count(runs, RunState::Kind::finished, [](const ShownRun& run) { return run.state.kind; });
    all.push_back({"Runs", std::to_string(runs.size()), std::to_string(finished) + " finished"});
    const auto add = [&](const std::string& title, const ShownRun* run, const std::string& text) {
        all.push_back({title, text, run->name});
    };
    std::vector<const ShownRun*> tested;
    for (const ShownRun& run : runs)
        if (!run.metrics.empty()) tested.push_back(&run);
    if (!tested.empty()) {
        const auto last = [](const ShownRun* run) { return run->metrics.back(); };
        const ShownRun* highest =
            *std::ranges::max_element(tested, {}, [&](const ShownRun* run) { return final_score(last(run)).accuracy; });
        const ShownRun* lowest =
            *std::ranges::min_element(tested, {}, [&](const ShownRun* run) { return final_score(last(run)).loss; });
        add("Highest final accuracy", highest, percent(final_score(last(highest)).accuracy));
        add("Lowest loss", lowest, significant(final_score(last(lowest)).loss, 3));
    }
    return tag("header", {},
               tag("p", {{"class", "over"}}, "Normlab runs") +
                   tag("h1", {}, counted(static_cast<Index>(runs.size()), "run") + " side by side") + figures(all));
}

}  // namespace

std::string side_by_side(const std::vector<ShownRun>& runs, const fs::path& file, const std::string& again) {
    return to_html(Page{.title = counted(static_cast<Index>(runs.size()), "run") + " side by side \u00b7 Normlab",
                        .body = side_by_side_heading(runs) + shown_curves(runs) + final_figures(runs, file) +
                                differences_table(runs) +
                                section("This page", "It shows what the folders held when it was written. Once more:",
                                        tag("pre", {{"class", "command"}}, again))});
}

}  // namespace normlab
