#include "lab/compare/live_table.h"

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
    const auto lines = live_lines(comparison, {30, progress}, 3723, rows);
    REQUIRE(lines.size() == std::min<std::size_t>(rows, 2 + 14 + 1));
    for (const std::string& line : lines) REQUIRE(display_width(line) < 80);
    REQUIRE(lines[0].starts_with("variant"));
    REQUIRE(std::ranges::any_of(lines, [](const std::string& line) {
        return line.starts_with("group   ") && contains(line, "  16   2/3   3/10  0.4312") &&
               contains(line, "86.12 %") && line.ends_with("1:11");
    }));
    REQUIRE(lines.back() == "run 42 of 42: norm=group,batch_size=16,seed=1, 1:02:03 left of all");
}

TEST_CASE("a run that ends is reported in a line", "[live table]") {
    Comparison comparison = sample_comparison(3);
    REQUIRE(ended_line(comparison, 2).starts_with("[ 3/12] norm=batch,seed=3  test loss 0."));
    diverge(comparison.runs[3], 312);
    REQUIRE(ended_line(comparison, 3) == "[ 4/12] norm=group,seed=1  diverged at step 312");
}
