#include "lab/run/plateau.h"

#include <cmath>

namespace normlab {

constexpr double kClearlyBetter = 1 - 1e-4;

Index reductions_on_plateau(const std::vector<EpochMetrics>& metrics, Index patience) {
    Index reductions = 0, in_vain = 0;
    double best = INFINITY;
    for (const EpochMetrics& each : metrics) {
        const double loss = each.validation ? each.validation->loss : each.train_loss;
        in_vain = loss < kClearlyBetter * best ? 0 : in_vain + 1;
        if (in_vain == 0) best = loss;
        if (in_vain > patience) ++reductions, in_vain = 0;
    }
    return reductions;
}

}  // namespace normlab
