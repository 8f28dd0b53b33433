#include "lab/compare/live_table.h"

#include <set>

#include "tests/catch.h"
#include "tests/lab/sample_comparison.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("the live table fits 80 columns and the terminal's height", "[live table]") {
    const auto rows = GENERATE(as<std::size_t>{}, 4, 10, 24, 60);
    Comparison comparison = sample_grid("data.batch_size", {2, 4, 8, 16, 32, 64, 128});
    comparison.runs[30].outcome.reset();
    comparison.runs[30].running = true;
    const Progress progress{.epoch = 3,
                            .epochs = 10,
                            .step = 5,
                            .steps = 9,
                            .loss = 0.4312,
                            .accuracy = 0.8612,
                            .images_per_s = 9000,
                            .seconds_left = 71};
    const auto lines = live_lines(comparison, {{30, progress}}, rows, kLineWidth);
    REQUIRE(lines.size() == std::min<std::size_t>(rows, 2 + 14 + 1));
    for (const std::string& line : lines) REQUIRE(display_width(line) < 80);
    REQUIRE(lines[0].starts_with("variant"));
    REQUIRE(std::ranges::any_of(lines, [](const std::string& line) {
        return line.starts_with("group   ") && contains(line, "  16   2/3   3/10  0.4312") &&
               contains(line, "86.12 %") && line.ends_with("1:11");
    }));
    REQUIRE(lines.back() == "run 42 of 42: norm=group,batch_size=16,seed=1, 1:11 left of all");
}

TEST_CASE("the live table shows all runs under way, and what is left of them together", "[live table]") {
    Comparison comparison = sample_comparison(12);
    const Progress quick{
        .epoch = 4, .epochs = 10, .step = 1, .steps = 2, .loss = 1, .accuracy = 0.5, .seconds_left = 30};
    const Progress slow{
        .epoch = 2, .epochs = 10, .step = 1, .steps = 2, .loss = 2, .accuracy = 0.25, .seconds_left = 90};
    for (const std::size_t run : {3, 9}) comparison.runs[run] = {.folder = comparison.runs[run].folder};
    comparison.at_once = 2;
    const auto lines = live_lines(comparison, {{3, slow}, {9, quick}}, 20, kLineWidth);
    REQUIRE(contains(lines[3], "2/10"));
    REQUIRE(contains(lines[5], "4/10"));
    REQUIRE(lines.back() == "runs 11 to 12 of 12, 1:00 left of all");
}

// Two variants and four conditions that are alike in their first letters.
Comparison with_long_names() {
    const auto norm = [](const char* name, const char* label) {
        return Json{{"label", label}, {"set", {{"model.norm", name}}}};
    };
    Comparison comparison = planned(
        {{"axes",
          {{"model.norm", {norm("group", "standardized weights, group"), norm("layer", "standardized weights, layer")}},
           {"data.batch_size", {16, 128}},
           {"optim.weight_decay", {0.0001, 0.0002}},
           {"seed", {1, 2}}}}});
    for (ComparedRun& run : comparison.runs) end_with(run, 0.95);
    return comparison;
}

TEST_CASE("long names are folded in the tables of a comparison, in 80 columns", "[live table]") {
    Comparison comparison = with_long_names();
    const auto parts = result_table(arranged(comparison)).parts(kLineWidth);
    for (const Table::Lines& part : parts)
        for (const std::string& line : part) REQUIRE(display_width(line) <= kLineWidth);
    // They are alike in all numbers.
    REQUIRE(std::set(parts.begin(), parts.end()).size() == 2 + 2 * 4);
    comparison.runs[6].outcome.reset();
    comparison.runs[6].running = true;
    const Progress progress{.epoch = 3, .epochs = 10, .step = 5, .steps = 9, .loss = 0.4312, .seconds_left = 71};
    const auto lines = live_lines(comparison, {{6, progress}}, 9, kLineWidth);
    REQUIRE(lines.size() == 9);
    for (const std::string& line : lines) REQUIRE(display_width(line) <= kLineWidth);
    REQUIRE(std::ranges::any_of(lines, [](const std::string& line) { return contains(line, "1/2   3/10  0.4312"); }));
    REQUIRE(lines.back().ends_with("1:11 left of all"));
}

TEST_CASE("a run that ends is reported in a line", "[live table]") {
    Comparison comparison = sample_comparison(3);
    REQUIRE(ended_line(comparison, 2).starts_with("[ 3/12] norm=batch,seed=3  test loss 0."));
    diverge(comparison.runs[3], 312);
    REQUIRE(ended_line(comparison, 3) == "[ 4/12] norm=group,seed=1  diverged at step 312, 5:28 left");  // 8 x 41 s
}

TEST_CASE("the time left is that of the runs so far, for all that are to come", "[time left]") {
    Comparison comparison = sample_comparison(3);  // of 12 runs; each took 41 s for 10 epochs
    REQUIRE(std::abs(*seconds_left(comparison) - 9 * 41) < 1e-9);
    REQUIRE_FALSE(seconds_left(sample_comparison(0)));
    REQUIRE(*seconds_left(sample_comparison(12)) == 0);
    comparison.runs[3].metrics = sample_metrics(4, 10);  // 6 epochs to go
    REQUIRE(std::abs(*seconds_left(comparison) - (8 * 41 + 6 * 4.1)) < 1e-9);
    const Progress progress{.epoch = 5, .epochs = 10, .step = 1, .steps = 2, .seconds_left = 23};
    REQUIRE(std::abs(*seconds_left(comparison, {{3, progress}}) - (8 * 41 + 23)) < 1e-9);
    comparison.at_once = 2;
    REQUIRE(std::abs(*seconds_left(comparison) - (8 * 41 + 6 * 4.1) / 2) < 1e-9);
}

TEST_CASE("the first run tells how long the others take before it has been tested", "[time left]") {
    const Comparison comparison = sample_comparison(0);
    const Progress progress{.epoch = 3, .epochs = 10, .step = 1, .steps = 2, .seconds_left = 75};  // 7.5 epochs to go
    REQUIRE(std::abs(*seconds_left(comparison, {{0, progress}}) - (75 + 11 * 100)) < 1e-9);
}

TEST_CASE("a run takes as long as those with its own model and data, as far as there are any", "[time left]") {
    Comparison comparison = sample_grid("data.batch_size", {2, 4});  // 12 runs, 3 of each kind
    for (const std::size_t run : {1, 4, 7, 10})
        for (EpochMetrics& each : comparison.runs[run].metrics) each.seconds *= 2;
    for (const std::size_t run : {0, 3, 6, 9}) comparison.runs[run] = {.folder = comparison.runs[run].folder};
    for (const std::size_t run : {9, 10, 11}) comparison.runs[run] = {.folder = comparison.runs[run].folder};
    // Three kinds with (82 + 41) / 2 s a run and one run to come; of the fourth nothing is known, so the mean: 3 runs.
    REQUIRE(std::abs(*seconds_left(comparison) - (3 + 3) * 61.5) < 1e-9);
}
