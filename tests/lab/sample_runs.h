// Made-up runs to be shown side by side.
#pragma once

#include "lab/compare/side_by_side.h"
#include "tests/lab/sample_report.h"

namespace normlab::test {

// Each a little better than the one before, and twice as slow; the last of several diverges.
inline std::vector<ShownRun> sample_runs(std::size_t count) {
    std::vector<ShownRun> runs;
    for (std::size_t i = 0; i < count; ++i) {
        const double n = static_cast<double>(i);
        ShownRun run;
        run.name = i == 0 ? "digits <odd>" : "digits-lr=" + std::to_string(i);
        run.folder = "runs/digits-" + std::to_string(i);
        run.config = {{"optim", {{"lr", 0.1 / (1 + n)}}}, {"seed", i % 2}};
        run.state = {RunState::Kind::finished};
        run.metrics = sample_metrics(10, 10);
        for (EpochMetrics& each : run.metrics) {
            each.test->accuracy = 1 - (1 - each.test->accuracy) / (1 + 0.1 * n);
            each.test->loss /= 1 + 0.1 * n;
            each.seconds *= 1 + n;
        }
        runs.push_back(run);
    }
    if (count > 1) runs.back().state = {RunState::Kind::diverged, "[run] the loss is not finite in step 1871"};
    return runs;
}

}  // namespace normlab::test
