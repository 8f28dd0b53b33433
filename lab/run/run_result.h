// How a run ended.
#pragma once

#include <string>
#include <vector>

#include "framework/support/error.h"
#include "lab/run/metrics.h"

namespace normlab {

struct RunResult {
    bool finished = false;  // false: stopped on request
    Index step = 0;
    std::vector<EpochMetrics> metrics;
};

// A loss is no longer finite. The text names the step, the learning rate and the first layer whose output is not
// finite.
class Diverged : public Error {
  public:
    Diverged(const std::string& text, Index in_step) : Error(text), step(in_step) {}
    Index step;  // counted from 1
};

}  // namespace normlab
