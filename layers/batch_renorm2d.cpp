#include "layers/batch_renorm2d.h"

#include <algorithm>
#include <cmath>

#include "framework/ops/arithmetic.h"
#include "framework/support/error.h"

namespace normlab {
namespace {

constexpr const char* kName = "BatchRenorm2d";

// σ_batch/σ and the like; 0 for 0/0, where both channels are constant and eps is 0.
double quotient(double a, double b) {
    return a == 0 && b == 0 ? 0 : a / b;
}

// How far from `from` to `until`, from 0 to 1.
double share_done(double progress, double from, double until) {
    return progress >= until ? 1 : std::max(0.0, (progress - from) / (until - from));
}

}  // namespace

BatchRenorm2d::BatchRenorm2d(const BatchRenorm2dOptions& given)
    : SyncBatchNorm2d(kName, given.batch), limits(given), r_limit(given.r_max), d_limit(given.d_max) {
    require(running.kept(), kName, "needs running statistics: track_running_stats cannot be false");
    require(limits.r_max >= 1 && limits.d_max >= 0, kName, "r_max must be at least 1 and d_max at least 0, got r_max ",
            limits.r_max, ", d_max ", limits.d_max);
    const auto in_order = [&](double until) { return limits.relax_from <= until && until <= 1; };
    require(
        limits.relax_from >= 0 && in_order(limits.relax_d_until) && in_order(limits.relax_r_until), kName,
        "relax_from, relax_d_until and relax_r_until are shares of the run, from 0 to 1 and the first the least, got ",
        limits.relax_from, ", ", limits.relax_d_until, ", ", limits.relax_r_until);
}

void BatchRenorm2d::progress_changed(double progress) {
    r_limit = 1 + (limits.r_max - 1) * share_done(progress, limits.relax_from, limits.relax_r_until);
    d_limit = limits.d_max * share_done(progress, limits.relax_from, limits.relax_d_until);
}

// γ (r x̂ + d) + β = (γ r) x̂ + (γ d + β): a batch norm with another scale and shift.
Var BatchRenorm2d::normalized(const Var& x, const Statistics& batch) const {
    Tensor r(running.mean.shape()), d(running.mean.shape());
    for (Index c = 0; c < r.elements(); ++c) {
        const auto set = static_cast<std::size_t>(c);
        const double sigma = std::sqrt(running.variance.data()[c] + options.eps),
                     batch_sigma = std::sqrt(batch.variance[set] + options.eps);
        r.mutable_data()[c] = static_cast<Scalar>(std::clamp(quotient(batch_sigma, sigma), 1 / r_limit, r_limit));
        d.mutable_data()[c] = static_cast<Scalar>(
            std::clamp(quotient(batch.mean[set] - running.mean.data()[c], sigma), -d_limit, d_limit));
    }
    const Var scale = weight.defined() ? multiply(weight, r) : Var(r);
    const Var offset = weight.defined() ? multiply(weight, d) : Var(d);
    return normalize(kName, x, batch, scale, bias.defined() ? add(bias, offset) : offset, options.eps);
}

}  // namespace normlab
