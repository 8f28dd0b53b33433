// The schedule "plateau": the rate is lowered when the loss no longer falls. It is the only one that depends on how the
// run goes; the metrics so far tell all about it, so that a resumed run needs nothing else.
#pragma once

#include <vector>

#include "lab/run/metrics.h"

namespace normlab {

// How often the rate has been lowered: each time that more than `patience` tests in a row were no better than the best
// before, by at least a ten-thousandth, on the validation images or else in training. Counting begins anew after each.
// (PyTorch's ReduceLROnPlateau.)
Index reductions_on_plateau(const std::vector<EpochMetrics>& metrics, Index patience);

}  // namespace normlab
