#include "lab/compare/results.h"

#include <algorithm>

#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// The axis whose values are compared: a list, the norms, the first whose values are words, or the first.
std::size_t axis_of_variants(const std::vector<SweepAxis>& axes) {
    const std::vector<bool (*)(const SweepAxis&)> wishes = {
        [](const SweepAxis& axis) { return axis.title == "variant"; },
        [](const SweepAxis& axis) { return axis.title.starts_with("model.norm"); },
        [](const SweepAxis& axis) { return !axis.is_seed() && !axis.is_numeric(); },
        [](const SweepAxis& axis) { return !axis.is_seed(); },
    };
    for (const auto& wish : wishes)
        if (const auto found = std::ranges::find_if(axes, wish); found != axes.end())
            return static_cast<std::size_t>(found - axes.begin());
    return kNone;
}

std::size_t place_in(std::vector<std::string>& all, const std::string& text) {
    const auto found = std::ranges::find(all, text);
    if (found != all.end()) return static_cast<std::size_t>(found - all.begin());
    all.push_back(text);
    return all.size() - 1;
}

// "2" if one axis makes the condition; "batch size 2, learning rate 0.1" if several do.
std::string condition_of(const Sweep& sweep, const PlannedRun& run, const std::vector<std::size_t>& axes) {
    if (axes.size() == 1) return sweep.label(run, axes[0]);
    std::string text;
    for (const std::size_t axis : axes)
        text += (text.empty() ? "" : ", ") + sweep.axes[axis].words() + " " + sweep.label(run, axis);
    return text;
}

// On the test set, or where that is not looked at on the validation images.
const Score& final_score(const ComparedRun& run) {
    const EpochMetrics& last = run.metrics.back();
    return last.test ? *last.test : last.judged();
}

// Of all tests, or with validation images that of the weights that they chose.
template <class Compare>
std::optional<double> best(const ComparedRun& run, Compare better, double Score::*field) {
    if (run.metrics.empty()) return std::nullopt;
    const EpochMetrics& last = run.metrics.back();
    if (last.validation && !run.finished()) return std::nullopt;
    if (last.validation && last.test) return last.best_test ? std::optional((*last.best_test).*field) : std::nullopt;
    const auto of = [&](const EpochMetrics& each) { return each.judged().*field; };
    return of(*std::ranges::min_element(run.metrics, better, of));
}

}  // namespace

std::size_t Cell::diverged() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(runs, [](const ComparedRun* run) { return run->diverged(); }));
}

std::string Cell::divergence() const {
    std::vector<std::string> steps;
    for (const ComparedRun* run : runs)
        if (run->diverged() && run->outcome->step > 0) steps.push_back(std::to_string(run->outcome->step));
    return steps.empty() ? "in tuning" : "at step " + joined(steps);
}

bool Cell::ended() const {
    return std::ranges::all_of(runs, [](const ComparedRun* run) { return run->ended(); });
}

std::string Results::condition_text(std::size_t condition) const {
    return condition_title.empty() ? conditions[condition] : condition_title + " " + conditions[condition];
}

std::string Results::condition_column() const {
    return condition_title.empty() ? "condition" : condition_title;
}

Results arranged(const Comparison& comparison) {
    const Sweep& sweep = comparison.sweep;
    const std::size_t variants = axis_of_variants(sweep.axes);
    std::vector<std::size_t> others;
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis)
        if (axis != variants && !sweep.axes[axis].is_seed()) others.push_back(axis);

    Results results;
    results.validated =
        std::ranges::any_of(sweep.runs, [](const PlannedRun& run) { return run.config.data.source.validation > 0; });
    results.tested = !sweep.tunes();
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const PlannedRun& run : sweep.runs) {
        const std::string variant = variants == kNone ? sweep.name : sweep.label(run, variants);
        const std::size_t row = place_in(results.variants, variant);
        places.emplace_back(row, place_in(results.conditions, condition_of(sweep, run, others)));
    }
    results.cells.resize(results.variants.size() * results.conditions.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        Cell& cell = results.cells[places[i].first * results.conditions.size() + places[i].second];
        cell.runs.push_back(&comparison.runs[i]);
        cell.plans.push_back(&sweep.runs[i]);
    }
    if (others.size() != 1) return results;
    const SweepAxis& axis = sweep.axes[others[0]];
    results.condition_title = axis.words();
    if (axis.is_numeric())
        for (const SweepAxis::Value& value : axis.values) results.condition_numbers.push_back(*value.number());
    return results;
}

std::optional<double> final_accuracy(const ComparedRun& run) {
    return run.finished() ? std::optional(final_score(run).accuracy) : std::nullopt;
}

std::optional<double> final_loss(const ComparedRun& run) {
    return run.finished() ? std::optional(final_score(run).loss) : std::nullopt;
}

std::optional<double> best_accuracy(const ComparedRun& run) {
    return best(run, std::ranges::greater(), &Score::accuracy);
}

std::optional<double> best_loss(const ComparedRun& run) {
    return best(run, std::ranges::less(), &Score::loss);
}

std::optional<double> validation_accuracy(const ComparedRun& run) {
    if (!run.finished() || !run.metrics.back().validation) return std::nullopt;
    return run.metrics.back().validation->accuracy;
}

std::optional<double> best_validation_accuracy(const ComparedRun& run) {
    if (run.metrics.empty() || !run.metrics.back().validation) return std::nullopt;
    return best_of(run.metrics)->validation->accuracy;
}

std::optional<double> seconds(const ComparedRun& run) {
    return run.finished() ? std::optional(run.metrics.back().seconds) : std::nullopt;
}

std::optional<double> images_per_s(const ComparedRun& run) {
    if (run.metrics.empty()) return std::nullopt;
    std::vector<double> speeds;
    for (const EpochMetrics& each : run.metrics) speeds.push_back(each.images_per_s);
    return median_of(std::move(speeds));
}

bool are_of_epochs(const std::vector<ComparedRun>& runs) {
    return std::ranges::all_of(runs, [](const ComparedRun& run) { return are_of_epochs(run.metrics); });
}

const EpochMetrics* reached(const ComparedRun& run, double accuracy) {
    const auto found = std::ranges::find_if(
        run.metrics, [&](const EpochMetrics& epoch) { return epoch.judged().accuracy >= accuracy; });
    return found == run.metrics.end() ? nullptr : &*found;
}

std::vector<double> values_of(const Cell& cell, RunNumber number) {
    std::vector<double> values;
    for (const ComparedRun* run : cell.runs)
        if (const auto value = run->finished() ? number(*run) : std::nullopt) values.push_back(*value);
    return values;
}

std::optional<Sample> sample_of(const Cell& cell, RunNumber number) {
    const std::vector<double> values = values_of(cell, number);
    return values.empty() ? std::nullopt : std::optional(sample_of(values));
}

std::optional<Difference> difference_of(const Cell& a, const Cell& b) {
    std::vector<double> first, second;  // of the seeds that both have
    for (std::size_t i = 0; i < a.runs.size(); ++i)
        for (std::size_t j = 0; j < b.runs.size(); ++j)
            if (a.seed(i) == b.seed(j) && a.runs[i]->finished() && b.runs[j]->finished()) {
                first.push_back(*final_accuracy(*a.runs[i]));
                second.push_back(*final_accuracy(*b.runs[j]));
            }
    if (first.size() >= 2) return paired_difference(first, second);
    first = values_of(a, final_accuracy), second = values_of(b, final_accuracy);
    return first.size() >= 2 && second.size() >= 2 ? std::optional(welch_difference(first, second)) : std::nullopt;
}

}  // namespace normlab
