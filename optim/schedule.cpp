#include "optim/schedule.h"

#include <algorithm>
#include <functional>
#include <numbers>

#include "optim/checks.h"

namespace normlab {
namespace {

void check_total(const char* name, Index total_steps, Index warmup_steps) {
    require(total_steps > warmup_steps, name, "total_steps must be above warmup_steps, got ", total_steps, " and ",
            warmup_steps);
}

void check(const ConstantSchedule&) {}

void check(const StepSchedule& o) {
    require(o.step_size >= 1, "StepSchedule", "step_size must be at least 1, got ", o.step_size);
    require_positive("StepSchedule", "gamma", o.gamma);
}

void check(const MultiStepSchedule& o) {
    const bool increase = std::ranges::adjacent_find(o.milestones, std::greater_equal{}) == o.milestones.end();
    require(increase && (o.milestones.empty() || o.milestones.front() >= 1), "MultiStepSchedule",
            "milestones must start at 1 or later and increase");
    require_positive("MultiStepSchedule", "gamma", o.gamma);
}

void check(const CosineSchedule& o) {
    check_total("CosineSchedule", o.total_steps, o.warmup_steps);
    require(o.eta_min >= 0 && o.eta_min <= o.lr, "CosineSchedule", "eta_min must be from 0 to lr, got ", o.eta_min,
            ", lr ", o.lr);
}

void check(const OneCycleSchedule& o) {
    check_total("OneCycleSchedule", o.total_steps, o.warmup_steps);
    require(o.pct_start >= 0 && o.pct_start <= 1, "OneCycleSchedule", "pct_start must be from 0 to 1, got ",
            o.pct_start);
    require_positive("OneCycleSchedule", "div_factor", o.div_factor);
    require_positive("OneCycleSchedule", "final_div_factor", o.final_div_factor);
}

// From `start` to `end` along half a cosine wave, or a straight line; `progress` runs from 0 to 1.
double anneal(double start, double end, double progress, Anneal along = Anneal::cos) {
    if (along == Anneal::linear) return start + (end - start) * progress;
    return end + (start - end) * (1 + std::cos(std::numbers::pi * progress)) / 2;
}

double rate(const ConstantSchedule& o, Index) {
    return o.lr;
}

double rate(const StepSchedule& o, Index s) {
    return o.lr * std::pow(o.gamma, s / o.step_size);
}

double rate(const MultiStepSchedule& o, Index s) {
    return o.lr * std::pow(o.gamma, std::ranges::upper_bound(o.milestones, s) - o.milestones.begin());
}

double rate(const CosineSchedule& o, Index s) {
    const Index T = o.total_steps - o.warmup_steps;
    return anneal(o.lr, o.eta_min, static_cast<double>(std::min(s, T)) / static_cast<double>(T));
}

double rate(const OneCycleSchedule& o, Index given) {
    const Index T = o.total_steps - o.warmup_steps;
    const auto last = static_cast<double>(T - 1), s = std::min(static_cast<double>(given), last);
    const double peak = o.pct_start * static_cast<double>(T) - 1, first = o.lr / o.div_factor;
    if (s <= peak) return anneal(first, o.lr, peak > 0 ? s / peak : 1, o.anneal);
    return anneal(o.lr, first / o.final_div_factor, (s - peak) / (last - peak), o.anneal);
}

}  // namespace

Schedule::Schedule(ScheduleOptions options) : options_(std::move(options)) {
    std::visit(
        [](const auto& o) {
            require_not_negative("schedule", "lr", o.lr);
            require(o.warmup_steps >= 0, "schedule", "warmup_steps must be at least 0, got ", o.warmup_steps);
            check(o);
        },
        options_);
}

double Schedule::at(Index step) const {
    require(step >= 0, "schedule", "the first step is 0, got ", step);
    return std::visit(
        [step](const auto& o) {
            if (step >= o.warmup_steps) return rate(o, step - o.warmup_steps);
            return rate(o, 0) * static_cast<double>(step + 1) / static_cast<double>(o.warmup_steps + 1);
        },
        options_);
}

}  // namespace normlab
