#include <cmath>

#include "lab/report/chart.h"
#include "lab/report/heat_map.h"
#include "lab/report/intervals.h"
#include "tests/catch.h"
#include "tests/lab/markup.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

Chart bars_of(std::vector<double> y) {
    return {.title = "Values",
            .series = {{.name = "all", .x = {1, 2, 3}, .y = std::move(y), .style = Series::Style::bars}}};
}

// The places along a track of the pieces of a kind, and how far they reach.
struct Bar {
    double at, width;
};
Bar bar_of(const std::string& markup, const std::string& kind) {
    const std::string style = all_between(markup, "class=\"" + kind + "\" style=\"--at:", "\"").at(0);
    return {std::stod(style), std::stod(style.substr(style.find("--width:") + 8))};
}

}  // namespace

TEST_CASE("bars stand on zero, touch, and lie within the axes", "[chart]") {
    const std::string markup = to_html(bars_of({2, 0, 4})).markup();
    const std::vector<std::string> outline = all_between(markup, "class=\"columns c0\" d=\"", "\"");
    REQUIRE(outline.size() == 2);  // the legend's, then the drawing's
    REQUIRE(std::ranges::count(outline[1], 'Z') == 2);
    REQUIRE(outline[1].starts_with("M52 210L52 112L"));
    REQUIRE(outline[1].ends_with("L464 14L464 210Z"));
    REQUIRE(contains(markup, "class=\"curve c0 bare\""));  // what the pointer reads
    REQUIRE(contains(markup, "data-y=\"2|0|4\""));
}

TEST_CASE("points without a line are as many dots as there are points", "[chart]") {
    Chart chart = bars_of(std::vector<double>(3, 1.0));
    chart.series[0].style = Series::Style::points;
    const std::string dots = all_between(to_html(chart).markup(), "class=\"dots c0\" d=\"", "\"").at(1);
    REQUIRE(std::ranges::count(dots, 'M') == 3);
    REQUIRE(contains(to_html(chart).markup(), "class=\"curve c0 bare\""));
}

TEST_CASE("a level is a line or a band at its height, and the axis reaches it", "[chart]") {
    Chart chart = bars_of({1, 2, 3});
    chart.levels = {{10, 10, "theory <b>"}, {4, 5, "accepted"}};
    const std::string markup = to_html(chart).markup();
    REQUIRE(contains(markup, ">theory &lt;b&gt;</text>"));
    REQUIRE(contains(markup, "<line class=\"level\" x1=\"52\" y1=\"14\" x2=\"464\" y2=\"14\">"));
    REQUIRE(contains(markup, "<rect class=\"zone\" x=\"52\" y=\"112\" width=\"412\" height=\"19.6\">"));
    chart.y.logarithmic = true, chart.levels.push_back({0, 0, "zero"});
    REQUIRE_FALSE(contains(to_html(chart).markup(), ">zero<"));
}

TEST_CASE("texts of levels near each other stand apart", "[chart]") {
    Chart chart = bars_of({1, 2, 3});
    chart.levels = {{2, 2, "first"}, {2.02, 2.02, "second"}};
    const std::string markup = to_html(chart).markup();
    std::vector<double> heights;
    for (const char* text : {"second", "first"}) {
        const std::string before = markup.substr(0, markup.find(">" + std::string(text) + "<"));
        heights.push_back(std::stod(before.substr(before.rfind(" y=\"") + 4)));
    }
    REQUIRE(heights[1] - heights[0] >= 13);
}

TEST_CASE("a chart as a file holds its title, its legend and its style, and nothing that a script reads", "[chart]") {
    Chart chart = bars_of({1, 2, 3});
    chart.title = "손실 <1>", chart.unit = "%";
    const std::string svg = svg_file(chart);
    REQUIRE(nesting_error(svg).empty());
    REQUIRE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    REQUIRE(contains(svg, "손실 &lt;1&gt;<tspan"));
    REQUIRE(contains(svg, ">all</text>"));
    REQUIRE(contains(svg, "prefers-color-scheme: dark"));
    REQUIRE_FALSE(contains(svg, "data-"));
}

TEST_CASE("a long range of powers of ten has ticks with room between them", "[chart]") {
    Chart chart = bars_of({1e-16, 1, 1e-3});
    chart.y.logarithmic = true, chart.series[0].style = Series::Style::line;
    REQUIRE(all_between(to_html(chart).markup(), "class=\"grid\"", ">").size() <= 10);
}

TEST_CASE("a number's sign is its tone and its size the strength", "[chart]") {
    REQUIRE(diverging(-2, 4).tone == HeatCell::Tone::bad);
    REQUIRE(diverging(-2, 4).strength == 0.5);
    REQUIRE(diverging(3, 4).tone == HeatCell::Tone::good);
    REQUIRE(diverging(0, 4).strength == 0);
    REQUIRE(diverging(1e-9, 4).strength > 0);  // it can be told from 0
    REQUIRE(diverging(INFINITY, 4).strength == 1);
    REQUIRE(diverging(NAN, 4).strength == 0);
    REQUIRE(diverging(NAN, 4).text == "–");
}

TEST_CASE("a drawn matrix has a cell for each number, on a page and in a file", "[chart]") {
    HeatDrawing drawing{.title = "Jacobian",
                        .map = {.row_title = "y", .column_title = "x", .rows = {"0", "1"}, .columns = {"0", "1"}}};
    for (const double value : {1.0, -0.5, 0.0, 0.25}) drawing.map.cells.push_back(diverging(value, 1));
    const std::string svg = svg_file(drawing);
    for (const std::string& markup : {to_html(drawing).markup(), svg}) {
        REQUIRE(nesting_error(markup).empty());
        REQUIRE(all_between(markup, "<rect class=\"cell", ">").size() == 4);
        REQUIRE(contains(markup, "class=\"cell bad\""));
    }
    drawing.map.cells.pop_back();
    REQUIRE(contains(error_of([&] { to_html(drawing); }), "[heat map] expected 2 x 2 cells, got 3"));
}

TEST_CASE("an interval lies inside its shaded range exactly if its numbers do", "[chart]") {
    const std::string inside =
        to_html(IntervalOnRange{.values = {11, 12, 13}, .mean = 12, .low = 10.5, .high = 13.5, .accepted_low = 10})
            .markup();
    const Bar range = bar_of(inside, "accepted"), reach = bar_of(inside, "reach");
    REQUIRE(range.at < reach.at);
    REQUIRE(std::abs(range.at + range.width - 1) < 1e-3);  // it has no upper bound: to the end
    REQUIRE(reach.at + reach.width < 1);
    const std::string outside =
        to_html(IntervalOnRange{.values = {5}, .mean = 5, .low = 5, .high = 5, .accepted_low = 10}).markup();
    REQUIRE(bar_of(outside, "mean").at < bar_of(outside, "accepted").at);
    REQUIRE_FALSE(contains(outside, "class=\"reach\""));
}

TEST_CASE("what is not finite lies at the end of its track", "[chart]") {
    const std::string markup = to_html(IntervalOnRange{.values = {3, INFINITY},
                                                       .mean = INFINITY,
                                                       .low = 3,
                                                       .high = INFINITY,
                                                       .accepted_low = 2,
                                                       .logarithmic = true})
                                   .markup();
    REQUIRE(bar_of(markup, "mean").at == 1);
    REQUIRE_FALSE(contains(markup, "nan"));
    REQUIRE_FALSE(contains(
        to_html(IntervalOnRange{.values = {}, .mean = NAN, .low = -INFINITY, .high = INFINITY}).markup(), "nan"));
}

TEST_CASE("a ratio's track is logarithmic: twice and half are as far from one", "[chart]") {
    const auto at = [](double mean) {
        return bar_of(to_html(IntervalOnRange{.values = {mean},
                                              .mean = mean,
                                              .low = mean,
                                              .high = mean,
                                              .accepted_low = 0.5,
                                              .accepted_high = 2,
                                              .logarithmic = true})
                          .markup(),
                      "mean")
            .at;
    };
    REQUIRE(std::abs(at(1) - 0.5) < 1e-3);
}
