#include "lab/claims/verdict.h"

#include <algorithm>
#include <cmath>

#include "lab/text/statistics.h"

namespace normlab {
namespace {

bool belongs_to(const Check& check, int statement) {
    return std::ranges::find(check.statements, statement) != check.statements.end();
}

bool accepts(const Accepted& range, double value) {
    return (!range.low || value >= *range.low) && (!range.high || value <= *range.high);
}

// Whether every number between them is outside.
bool outside(const Accepted& range, double low, double high) {
    return (range.low && high < *range.low) || (range.high && low > *range.high);
}

}  // namespace

Measured measured(const Check& check) {
    std::vector<double> values = check.values;
    if (values.empty()) return {NAN, -INFINITY, INFINITY};
    if (values.size() == 1) return {values[0], values[0], values[0]};
    const auto finite = [&](double value) { return std::isfinite(value) && (!check.ratio || value > 0); };
    if (!std::ranges::all_of(values, finite)) {
        if (std::ranges::any_of(values, [](double value) { return std::isnan(value); }))
            return {NAN, -INFINITY, INFINITY};
        const auto [least, largest] = std::ranges::minmax(values);
        return {median_of(values), least, largest};
    }
    if (check.ratio)
        for (double& value : values) value = std::log(value);
    const Sample sample = sample_of(values);
    const double reach = margin(sample).value_or(0);
    const Measured result{sample.mean, sample.mean - reach, sample.mean + reach};
    if (!check.ratio) return result;
    return {std::exp(result.value), std::exp(result.low), std::exp(result.high)};
}

CheckResult result_of(const Check& check) {
    const auto [value, low, high] = measured(check);
    if (accepts(check.accepted, low) && accepts(check.accepted, high)) return CheckResult::met;
    return outside(check.accepted, low, high) ? CheckResult::missed : CheckResult::undecided;
}

constexpr double kMostSeeds = 10'000;  // that anybody would run

int seeds_to_decide(const Check& check) {
    const auto [value, low, high] = measured(check);
    if (check.values.size() < 2 || !std::isfinite(value) || !std::isfinite(low) || !std::isfinite(high)) return 0;
    const auto scale = [&](double number) { return check.ratio ? std::log(number) : number; };
    double to_bound = INFINITY;
    for (const std::optional<double>& bound : {check.accepted.low, check.accepted.high})
        if (bound && (!check.ratio || *bound > 0))
            to_bound = std::min(to_bound, std::abs(scale(value) - scale(*bound)));
    const double reach = scale(high) - scale(value);
    const double factor = reach / to_bound;
    const double seeds = std::ceil(static_cast<double>(check.values.size()) * factor * factor);
    return seeds <= kMostSeeds ? static_cast<int>(seeds) : 0;
}

Verdict verdict_on(int statement, std::span<const Check> checks) {
    using enum Check::Role;
    const auto any = [&](Check::Role role, CheckResult wanted) {
        return std::ranges::any_of(checks, [&](const Check& check) {
            return check.role == role && (role == control || belongs_to(check, statement)) &&
                   result_of(check) == wanted;
        });
    };
    if (any(control, CheckResult::missed)) return Verdict::invalid;
    if (any(control, CheckResult::undecided)) return Verdict::undecided;
    if (any(proof, CheckResult::missed)) return Verdict::contradicted;
    if (any(proof, CheckResult::undecided) || !any(proof, CheckResult::met)) return Verdict::undecided;
    if (any(limit, CheckResult::met)) return Verdict::in_part;
    return any(limit, CheckResult::undecided) ? Verdict::undecided : Verdict::holds;
}

Verdict together(std::span<const Verdict> verdicts) {
    using enum Verdict;
    for (const Verdict worst : {invalid, undecided, contradicted, in_part})
        if (std::ranges::find(verdicts, worst) != verdicts.end()) return worst;
    return verdicts.empty() ? undecided : holds;
}

}  // namespace normlab
