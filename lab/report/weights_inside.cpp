// How a watched run's parameters and their gradients are distributed, over the steps.
#include <algorithm>
#include <cmath>

#include "lab/report/look_charts.h"
#include "lab/report/page.h"
#include "lab/report/scale.h"

namespace normlab {
namespace {

// Where most of the numbers lie, as a band around the median, and how far they reach.
Html spread_chart(const std::string& title, const Looks& looks, std::size_t at,
                  std::optional<Spread> ParameterLook::*field) {
    const auto of = [&](double Spread::*part) {
        return [=](const Look& look) {
            if (at >= look.parameters.size() || !(look.parameters[at].*field)) return static_cast<double>(NAN);
            return (*(look.parameters[at].*field)).*part;
        };
    };
    Chart chart = over_steps(title, "median, 15 to 85 %, and extremes", {});
    chart.series = {curve("median", looks, 0, of(&Spread::median)), curve("least", looks, 5, of(&Spread::least)),
                    curve("largest", looks, 6, of(&Spread::largest))};
    chart.series[0].low = column(looks, of(&Spread::low)), chart.series[0].high = column(looks, of(&Spread::high));
    for (const std::size_t extreme : {1, 2}) chart.series[extreme].style = Series::Style::dashed;
    return to_html(chart);
}

Html parameter_details(const Looks& looks, std::size_t at) {
    const ParameterLook& last = looks.back().parameters[at];
    const std::string note =
        "gradient " + significant(last.gradient, 2) + ", update " + significant(last.update, 2) + " of its length";
    return tag("details", {{"class", "layer"}},
               tag("summary", {}, tag("code", {}, last.name) + " " + tag("span", {{"class", "note"}}, note)) +
                   tag("div", {{"class", "pair"}},
                       spread_chart("Weights", looks, at, &ParameterLook::weights) +
                           spread_chart("Gradients", looks, at, &ParameterLook::gradients)));
}

}  // namespace

Html weights_inside(const Looks& looks) {
    Html html;
    for (std::size_t at = 0; at < looks.back().parameters.size(); ++at)
        if (looks.back().parameters[at].weights) html += parameter_details(looks, at);
    return html.empty() ? html : tag("h3", {}, "Weights and gradients") + html;
}

}  // namespace normlab
