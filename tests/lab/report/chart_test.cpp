#include "lab/report/chart.h"

#include <cmath>
#include <limits>

#include "lab/report/heat_map.h"
#include "lab/report/scale.h"
#include "tests/catch.h"
#include "tests/lab/markup.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

std::vector<std::string> texts(const Scale& scale) {
    std::vector<std::string> found;
    for (const Tick& tick : scale.ticks) found.push_back(tick.text);
    return found;
}

using Texts = std::vector<std::string>;

Chart chart_of(std::vector<double> y) {
    std::vector<double> x(y.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i + 1);
    return {.title = "Loss",
            .x = {.title = "epoch", .whole = true},
            .series = {{.name = "test", .x = x, .y = std::move(y)}}};
}

std::string value_texts(const Chart& chart) {
    return all_between(to_html(chart).markup(), "data-y=\"", "\"").at(0);
}

bool is_near(double a, double b) {
    return std::abs(a - b) <= 1e-12 * std::abs(b);
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("ticks are one, two or five times a power of ten apart", "[chart]") {
    REQUIRE(texts(round_scale({0, 0.93})) == Texts{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
    REQUIRE(texts(round_scale({88.2, 98.9})) == Texts{"85", "90", "95", "100"});
    REQUIRE(texts(round_scale({0, 3252})) == Texts{"0", "1,000", "2,000", "3,000", "4,000"});
    REQUIRE(texts(round_scale({0, 4e-5})) == Texts{"0", "1e-05", "2e-05", "3e-05", "4e-05"});
    REQUIRE(texts(exact_scale({1, 30}, {.wanted = 6, .whole = true})) == Texts{"5", "10", "15", "20", "25", "30"});
    REQUIRE(texts(exact_scale({1, 3}, {.wanted = 6, .whole = true})) == Texts{"1", "2", "3"});
}

TEST_CASE("an axis of chosen numbers has its ticks at them, where there is room", "[chart]") {
    const Scale batches = scale_at({2, 4, 8, 16}, true);
    REQUIRE(texts(batches) == Texts{"2", "4", "8", "16"});
    REQUIRE(is_near(batches.place(4), 1.0 / 3));
    REQUIRE(texts(scale_at({1, 1.1, 7, 14}, false)) == Texts{"1", "7", "14"});
    Chart chart = chart_of({1, 2, 3});
    chart.x.stops = {1, 2, 3};
    REQUIRE(contains(to_html(chart).markup(), "text-anchor=\"middle\">2</text>"));
    REQUIRE(contains(error_of([] { scale_at({2, 2}, false); }), "needs different numbers"));
}

TEST_CASE("an axis of names has each in the middle of its part", "[chart]") {
    Chart chart = chart_of({1, 2, 3});
    chart.series[0].x = {0, 1, 2};
    chart.x.names = {"kept", "reset", "adapted"};
    const std::string html = to_html(chart).markup();
    for (const std::string& name : chart.x.names) CHECK(contains(html, "text-anchor=\"middle\">" + name + "</text>"));
    CHECK_FALSE(contains(html, ">0.5</text>"));
}

TEST_CASE("a range of a single number has room around it", "[chart]") {
    REQUIRE(texts(exact_scale({1, 1}, {.whole = true})) == Texts{"1"});
    REQUIRE(exact_scale({1, 1}, {.whole = true}).place(1) == 0.5);
    REQUIRE(round_scale({0, 0}).low == 0);
    REQUIRE(contains(error_of([] { round_scale({0, INFINITY}); }), "no range of numbers"));
}

TEST_CASE("a logarithmic scale reaches from a round number to a round number", "[chart]") {
    const Scale scale = logarithmic_scale({0.0058, 1.3});
    REQUIRE(is_near(scale.low, 0.005));
    REQUIRE(is_near(scale.high, 2));
    REQUIRE(texts(scale) == Texts{"0.01", "0.1", "1"});
    REQUIRE(is_near(scale.place(0.1), std::log(20) / std::log(400)));
    REQUIRE(texts(logarithmic_scale({0.2, 4})) == Texts{"0.2", "0.5", "1", "2", "5"});
    REQUIRE(texts(logarithmic_scale({1, 1})) == Texts{"1", "2"});
    REQUIRE(contains(error_of([] { logarithmic_scale({0, 1}); }), "needs positive numbers"));
}

TEST_CASE("a value that is not finite leaves a gap in its curve", "[chart]") {
    const Chart chart = chart_of({3, 2, kNaN, 1, INFINITY, 0.5});
    REQUIRE(value_texts(chart) == "3|2|1|0.5");
    const std::string path = all_between(to_html(chart).markup(), " d=\"", "\"").at(1);  // the first is the legend's
    REQUIRE(std::ranges::count(path, 'M') == 3);
    REQUIRE(std::ranges::count(path, 'L') == 1);
}

TEST_CASE("on a logarithmic axis zero leaves a gap", "[chart]") {
    Chart chart = chart_of({1, 0, 0.1});
    chart.y.logarithmic = true;
    REQUIRE(value_texts(chart) == "1|0.1");
}

TEST_CASE("a series without a finite value, and a chart without a series, are drawn as nothing", "[chart]") {
    REQUIRE(nesting_error(to_html(chart_of({kNaN, kNaN})).markup()).empty());
    REQUIRE_FALSE(contains(to_html(chart_of({kNaN})).markup(), "nan"));
    REQUIRE(contains(to_html(Chart{.title = "Loss"}).markup(), "no values"));
}

TEST_CASE("a band lies within the axes and closes", "[chart]") {
    Chart chart = chart_of({5, 6, 7});
    chart.series[0].low = {4, 5, 2}, chart.series[0].high = {6, 8, 9.5};
    const std::string markup = to_html(chart).markup();
    REQUIRE(contains(markup, ">2</text>"));
    REQUIRE(contains(markup, ">10</text>"));
    REQUIRE(all_between(markup, "class=\"band c0\" d=\"", "\"").at(0).ends_with("Z"));
}

TEST_CASE("a matrix of twenty classes shows every number, a larger one is a picture that knows them", "[chart]") {
    const std::size_t size = GENERATE(std::size_t{20}, std::size_t{21});
    HeatMap map{
        .row_title = "true", .column_title = "taken for", .rows = Texts(size, "<&>\xff"), .columns = Texts(size, "\"")};
    for (std::size_t i = 0; i < size * size; ++i)
        map.cells.push_back({.strength = 0.5, .text = std::to_string(1000 + i), .hint = "it"});
    const std::string markup = to_html(map).markup();
    REQUIRE(nesting_error(markup).empty());
    REQUIRE(contains(markup, size == 20 ? ">1399</td>" : "[20,20,&quot;1440&quot;]"));
    REQUIRE(contains(markup, "data:image/png") == (size == 21));
    map.cells.pop_back();
    REQUIRE(contains(error_of([&] { to_html(map); }), "[heat map] expected"));
}
