#include "lab/compare/over.h"

#include <cmath>

#include "lab/text/table.h"

namespace normlab {

double place_of(const EpochMetrics& metrics, Over over) {
    if (over == Over::seconds) return metrics.seconds;
    return static_cast<double>(over == Over::epochs ? metrics.epoch : metrics.step);
}

Chart chart_over(Over over, const std::string& title, const std::string& unit) {
    Chart chart{.title = title, .unit = unit};
    if (over == Over::seconds) {
        chart.x = {.title = "seconds", .text = [](double x) { return fixed(x, x < 100 ? 1 : 0); }};
        return chart;
    }
    chart.x = {.title = over == Over::epochs ? "epoch" : "step", .whole = true, .text = [](double x) {
                   return std::to_string(std::llround(x));
               }};
    chart.group = "epochs";
    return chart;
}

}  // namespace normlab
