#include "lab/compare/time_left.h"

#include "lab/compare/results.h"

namespace normlab {
namespace {

// Time over what was done in it, in epochs or in steps.
struct Pace {
    double seconds = 0, done = 0;
    void add(double in_seconds, double more) { seconds += in_seconds, done += more; }
};

bool is_in_steps(const PlannedRun& run) {
    return run.config.train.steps.has_value();
}
double length_of(const PlannedRun& run) {
    return static_cast<double>(run.config.train.steps.value_or(run.config.train.epochs));
}

// What makes a step or an epoch as long as another.
std::string kind_of(const PlannedRun& run) {
    return run.full["model"].dump() + run.full["data"].dump() + (is_in_steps(run) ? "steps" : "epochs");
}

// How much of a run is done, up to its last test.
double done_of(const PlannedRun& plan, const ComparedRun& run) {
    return run.metrics.empty() ? 0 : static_cast<double>(place_of(run.metrics.back(), !is_in_steps(plan)));
}

double done_of(const Progress& p) {
    const double step = static_cast<double>(p.step), steps = static_cast<double>(p.steps);
    return p.epochs > 0 ? static_cast<double>(p.epoch - 1) + step / steps : step;
}

class Paces {
  public:
    void add(const PlannedRun& run, double seconds, double done) {
        by_kind_[kind_of(run)].add(seconds, done);
        by_unit_[is_in_steps(run)].add(seconds, done);
    }
    std::optional<double> seconds_for(const PlannedRun& run, double length) const {
        for (const Pace* pace : {found(by_kind_, kind_of(run)), found(by_unit_, is_in_steps(run))})
            if (pace != nullptr && pace->done > 0) return length * pace->seconds / pace->done;
        return std::nullopt;
    }

  private:
    template <class Key>
    static const Pace* found(const std::map<Key, Pace>& paces, const Key& key) {
        const auto place = paces.find(key);
        return place == paces.end() ? nullptr : &place->second;
    }
    std::map<std::string, Pace> by_kind_;
    std::map<bool, Pace> by_unit_;
};

}  // namespace

std::optional<double> seconds_left(const Comparison& comparison, const RunsNow& now) {
    const std::vector<PlannedRun>& plans = comparison.sweep.runs;
    Paces paces;
    for (std::size_t i = 0; i < plans.size(); ++i)
        if (!comparison.runs[i].metrics.empty())
            paces.add(plans[i], comparison.runs[i].metrics.back().seconds, done_of(plans[i], comparison.runs[i]));
    for (const auto& [run, progress] : now) {
        const double left = length_of(plans[run]) - done_of(progress);
        if (comparison.runs[run].metrics.empty()) paces.add(plans[run], progress.seconds_left, left);
    }
    double sum = 0;
    const auto add = [&](const PlannedRun& plan, double done) {
        const std::optional<double> seconds = paces.seconds_for(plan, length_of(plan) - done);
        sum += seconds.value_or(0);
        return seconds.has_value();
    };
    for (std::size_t i = 0; i < plans.size(); ++i) {
        if (comparison.runs[i].ended()) continue;
        if (const auto found = now.find(i); found != now.end())
            sum += found->second.seconds_left;
        else if (!add(plans[i], done_of(plans[i], comparison.runs[i])))
            return std::nullopt;
    }
    for (const PlannedRun& plan : comparison.sweep.later)
        if (!add(plan, 0)) return std::nullopt;
    return sum / static_cast<double>(comparison.at_once);
}

}  // namespace normlab
