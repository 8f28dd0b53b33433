// Charts of what a watched run saw: curves over the steps at which it looked.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "lab/report/chart.h"
#include "lab/run/watch.h"
#include "lab/text/table.h"

namespace normlab {

using Looks = std::vector<Look>;

template <class Value>
std::vector<double> column(const Looks& looks, const Value& value) {
    std::vector<double> values;
    for (const Look& look : looks) values.push_back(value(look));
    return values;
}

inline Chart over_steps(const std::string& title, const std::string& unit, Axis y) {
    const Axis steps{.title = "step", .whole = true, .text = [](double step) { return grouped(std::llround(step)); }};
    return {.title = title, .unit = unit, .x = steps, .y = std::move(y), .group = "steps"};
}

template <class Value>
Series curve(const std::string& name, const Looks& looks, int colour, const Value& value) {
    return {.name = name,
            .x = column(looks, [](const Look& look) { return static_cast<double>(look.step); }),
            .y = column(looks, value),
            .colour = colour};
}

Html weights_inside(const Looks& looks);  // the parameters, and the gradients of each; empty if none were looked at

}  // namespace normlab
