// What a watched run saw inside its net, over the steps.
#include <algorithm>
#include <cmath>

#include "lab/report/chart.h"
#include "lab/report/heat_map.h"
#include "lab/report/look_charts.h"
#include "lab/report/page.h"
#include "lab/report/scale.h"
#include "lab/report/sections.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr std::size_t kLooks = 40;  // that curves are drawn through; of more, some evenly spread

Looks thinned(const Looks& looks) {
    if (looks.size() <= kLooks) return looks;
    Looks few;
    for (std::size_t i = 0; i < kLooks; ++i) few.push_back(looks[i * (looks.size() - 1) / (kLooks - 1)]);
    return few;
}

// A number of the parameters, none of which is 0 at every step: the median, and from the least to the largest.
Series over_parameters(const std::string& name, const Looks& looks, int colour, double ParameterLook::*field) {
    const auto at = [&](double share) {
        return column(looks, [&](const Look& look) {
            std::vector<double> values;
            for (const ParameterLook& each : look.parameters)
                if (std::isfinite(each.*field)) values.push_back(each.*field);
            if (values.empty()) return static_cast<double>(NAN);
            std::ranges::sort(values);
            return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
        });
    };
    Series series = curve(name, looks, colour, [](const Look&) { return 0.0; });
    series.y = at(0.5), series.low = at(0), series.high = at(1);
    return series;
}

Html net_charts(const Looks& looks) {
    Chart loss = over_steps("Loss of a batch", "the same images", {.from = 0});
    loss.series = {curve("in training", looks, 1, [](const Look& look) { return look.loss; }),
                   curve("in evaluation", looks, 0, [](const Look& look) { return look.eval_loss; })};
    loss.series[0].style = Series::Style::dashed;
    Chart ratios = over_steps("Gradient and update", "over the weights", {.logarithmic = true});
    ratios.series = {over_parameters("gradient", looks, 4, &ParameterLook::gradient),
                     over_parameters("update", looks, 2, &ParameterLook::update)};
    return tag("div", {{"class", "pair"}}, to_html(loss) + to_html(ratios));
}

// One number of every layer at every step, as a picture.
struct Overview {
    const char* title;
    double full;  // what has the strongest colour, at least
    double (*value)(const LayerLook&);
    std::string (*text)(double);
};

Html overview(const Looks& looks, const Overview& wanted) {
    HeatMap map{.row_title = "layer", .column_title = "step", .rows = {}, .columns = {}, .cells = {}};
    for (const Look& look : looks) map.columns.push_back(grouped(look.step));
    double full = wanted.full;
    for (const Look& look : looks)
        for (const LayerLook& layer : look.layers)
            if (std::isfinite(wanted.value(layer))) full = std::max(full, wanted.value(layer));
    for (std::size_t row = 0; row < looks[0].layers.size(); ++row) {
        map.rows.push_back(looks[0].layers[row].name);
        for (const Look& look : looks) {
            const double value = row < look.layers.size() ? wanted.value(look.layers[row]) : NAN;
            const std::string text = wanted.text(value);
            map.cells.push_back({.tone = HeatCell::Tone::bad,
                                 .strength = std::isfinite(value) ? value / full : 0,
                                 .text = text,
                                 .hint = map.rows.back() + ", step " + map.columns[map.cells.size() % looks.size()]});
        }
    }
    return tag("div", {{"class", "overview"}, {"style", "--rows:" + std::to_string(map.rows.size())}},
               tag("h3", {}, wanted.title) + labelled_picture(map, wanted.text(0), wanted.text(full)));
}

Html overviews(const Looks& looks) {
    const auto number = [](double value) { return significant(value, 3); };
    Html html = overview(looks, {"Gap between training and evaluation", 0.1,
                                 [](const LayerLook& layer) { return layer.eval_gap; }, number}) +
                overview(looks, {"Dead channels", 0.05, [](const LayerLook& layer) { return layer.dead; }, percent});
    if (std::ranges::any_of(looks[0].layers, [](const LayerLook& layer) { return layer.mean_gap.has_value(); }))
        html += overview(looks, {"Batch means off the running ones", 0.1,
                                 [](const LayerLook& layer) { return layer.mean_gap.value_or(NAN); }, number}) +
                overview(looks, {"Batch deviations off the running ones", 0.1,
                                 [](const LayerLook& layer) { return layer.deviation_gap.value_or(NAN); }, number});
    return tag("div", {{"class", "pair"}}, html);
}

// The two charts of what goes in or comes out: where most numbers lie, and how far they reach.
Html spread_charts(const std::string& title, const Looks& looks, std::size_t layer, Spread LayerLook::*field) {
    const auto of = [&](double Spread::*part) {
        return [=](const Look& look) { return layer < look.layers.size() ? look.layers[layer].*field.*part : NAN; };
    };
    Chart most = over_steps(title, "15 to 85 % of the numbers", {});
    most.series = {curve("median", looks, 0, of(&Spread::median))};
    most.series[0].low = column(looks, of(&Spread::low)), most.series[0].high = column(looks, of(&Spread::high));
    Chart extremes = over_steps(title, "the least and the largest", {});
    extremes.series = {curve("least", looks, 5, of(&Spread::least)), curve("largest", looks, 6, of(&Spread::largest))};
    return to_html(most) + to_html(extremes);
}

Html layer_charts(const Looks& looks, std::size_t layer) {
    const auto of = [&](const auto& value) {
        return [=](const Look& look) { return layer < look.layers.size() ? value(look.layers[layer]) : NAN; };
    };
    Chart gaps = over_steps("Training against evaluation", "in deviations", {.from = 0});
    gaps.series = {curve("output", looks, 0, of([](const LayerLook& look) { return look.eval_gap; }))};
    if (looks[0].layers[layer].mean_gap) {
        gaps.series.push_back(
            curve("means", looks, 1, of([](const LayerLook& look) { return look.mean_gap.value_or(NAN); })));
        gaps.series.push_back(
            curve("deviations", looks, 3, of([](const LayerLook& look) { return look.deviation_gap.value_or(NAN); })));
    }
    Chart units = over_steps("Dead and saturated", "%", {.from = 0, .text = [](double v) { return percent(v / 100); }});
    units.series = {curve("dead channels", looks, 4, of([](const LayerLook& look) { return 100 * look.dead; })),
                    curve("beyond \u00b13", looks, 3, of([](const LayerLook& look) { return 100 * look.saturated; }))};
    return tag("div", {{"class", "pair"}},
               spread_charts("Before", looks, layer, &LayerLook::before) +
                   spread_charts("After", looks, layer, &LayerLook::after) + to_html(gaps) + to_html(units));
}

Html layer_details(const Looks& looks, std::size_t layer) {
    const LayerLook& last = looks.back().layers[layer];
    const std::string note =
        last.kind + " \u00b7 " + percent(last.dead) + " dead \u00b7 gap to evaluation " + significant(last.eval_gap, 2);
    Attributes attributes = {{"class", "layer"}};
    if (layer == 0) attributes.push_back({"open", ""});
    return tag("details", attributes,
               tag("summary", {}, tag("code", {}, last.name) + " " + tag("span", {{"class", "note"}}, note)) +
                   layer_charts(looks, layer));
}

}  // namespace

Html inside(const Report& report) {
    if (report.looks.empty()) return {};
    const Looks looks = thinned(report.looks);
    Html html = net_charts(looks);
    const std::size_t layers = looks.back().layers.size();
    if (layers > 0) html += overviews(looks);
    for (std::size_t layer = 0; layer < layers; ++layer) html += layer_details(looks, layer);
    html += weights_inside(looks);
    return section(
        "Inside the net",
        grouped(static_cast<Index>(report.looks.size())) +
            " looks at a batch in training. A layer's gap to evaluation is how far its output for these images "
            "is from that in evaluation, in deviations of the output; layers are in the order in which they "
            "compute.",
        html);
}

}  // namespace normlab
