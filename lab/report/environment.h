// What computes a run: this program, on this machine, now.
#pragma once

#include <vector>

#include "lab/report/report.h"

namespace normlab {

std::vector<Report::Fact> environment();

}  // namespace normlab
