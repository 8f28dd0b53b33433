#include "lab/compare/comparison_page.h"

#include "tests/catch.h"
#include "tests/lab/markup.h"
#include "tests/lab/sample_comparison.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("a comparison's page is balanced, escapes names and asks the network for nothing", "[comparison page]") {
    const auto comparison =
        GENERATE(sample_comparison(0), sample_comparison(5), sample_comparison(12), sample_comparison(4, 1),
                 sample_grid("data.batch_size", {2, 8, 32}), sample_grid("optim.lr", {0.1, 0.4, 1.6}));
    const std::string page = to_html(comparison);
    REQUIRE(nesting_error(page) == "");
    REQUIRE_FALSE(contains(page, "norms <on"));
    for (const char* word : {"http:", "https:", "@import", "url(", "<link", "<iframe", "src="})
        REQUIRE_FALSE(contains(page, word));
    REQUIRE(contains(page, "data-refresh") != comparison.complete());
}

TEST_CASE("a comparison's page has a curve for each variant over epochs and over seconds", "[comparison page]") {
    const auto curves = all_between(to_html(sample_comparison(12)), "data-y=\"", "\"");
    REQUIRE(curves.size() == 2 * 4);
    for (const std::string& values : curves) REQUIRE(std::ranges::count(values, '|') + 1 == 10);
    const auto grid = all_between(to_html(sample_grid("data.batch_size", {2, 8, 32})), "data-y=\"", "\"");
    REQUIRE(grid.size() == 3 * 2 * 2 + 2);
}

TEST_CASE("where variants come near 100 % their curves show what is wrong, on a logarithmic axis",
          "[comparison page]") {
    Comparison comparison = sample_comparison(12);
    REQUIRE(contains(to_html(comparison), "% right</span>"));
    for (ComparedRun& run : comparison.runs)
        for (std::size_t i = 0; i < run.metrics.size(); ++i) run.metrics[i].test->accuracy = 1 - 0.5 * std::pow(0.5, i);
    const std::string page = to_html(comparison);
    REQUIRE(contains(page, "% wrong, logarithmic</span>"));
    REQUIRE(all_between(page, "data-y=\"", "\"").front().starts_with("50.00 %|25.00 %|12.50 %"));
}

TEST_CASE("a condition that has no run yet leaves a gap in curve and band", "[comparison page]") {
    Comparison comparison = sample_grid("data.batch_size", {2, 4, 8});
    for (std::size_t i = 15; i < 18; ++i) comparison.runs[i] = {.folder = comparison.runs[i].folder};
    const std::string page = to_html(comparison);
    const auto bands = all_between(page.substr(0, page.find("Accuracy while training")), "class=\"band", "Z\"");
    REQUIRE(bands.size() == 2);
    REQUIRE(std::ranges::count(bands[0], 'L') == 5);
    REQUIRE(std::ranges::count(bands[1], 'L') == 3);
}

TEST_CASE("diverged cells are marked in the heat map", "[comparison page]") {
    const std::string page = to_html(sample_grid("optim.lr", {0.1, 0.4, 1.6}));
    REQUIRE(all_between(page, "class=\"bad dark\"", "</td>").size() == 1);
    REQUIRE(contains(page, "group, learning rate 1.6: diverged at step 327, 328 and 329"));
    REQUIRE(contains(page, ">\u2715</td>"));
}
