#include "lab/report/lr_page.h"

#include "lab/report/chart.h"
#include "lab/report/page.h"

namespace normlab {

std::string lr_page(const std::string& name, const std::vector<LrStep>& steps, const std::string& advice) {
    Series single{.name = "of one step", .colour = 1, .style = Series::Style::points}, smooth{.name = "smoothed"};
    for (const LrStep& step : steps) {
        single.x.push_back(step.lr), single.y.push_back(step.loss);
        smooth.x.push_back(step.lr), smooth.y.push_back(step.smooth);
    }
    Chart chart{.title = "Loss",
                .x = {.title = "rate", .logarithmic = true},
                .y = {.logarithmic = true},
                .series = {smooth, single},
                .marks = {{lowest(steps).lr, "lowest"}},
                .group = "rates"};
    const Html heading =
        tag("header", {}, tag("p", {{"class", "over"}}, "Learning-rate range test") + tag("h1", {}, name));
    return to_html(Page{.title = name + ": learning rates \u00b7 Normlab",
                        .body = heading + section("Curve", advice, tag("div", {{"class", "rates"}}, to_html(chart))),
                        .style = ".rates { max-width: 640px; }"});
}

}  // namespace normlab
