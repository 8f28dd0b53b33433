#include "lab/claims/workbench/trainings.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/support/error.h"
#include "lab/claims/workbench/trials.h"

namespace normlab {

std::string text_of(double rate) {
    std::string text = std::to_string(rate);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::string Run::label() const {
    return net + ", " + norm + ", rate " + text_of(rate) + ", seed " + std::to_string(seed);
}

Trainings::Trainings(Workbench& bench, const std::vector<Run>& kinds,
                     const std::function<Numbers(const Run& run)>& work, const std::vector<Run>& once)
    : seeds_(bench.seeds()) {
    std::vector<Run> runs;
    std::vector<std::string> labels;
    for (const std::uint64_t seed : seeds_)
        for (const std::vector<Run>& list : {kinds, seed == seeds_.front() ? once : std::vector<Run>()})
            for (const Run& kind : list) {
                runs.push_back(kind), runs.back().seed = seed;
                labels.push_back(runs.back().label());
            }
    const std::vector<Numbers> all = bench.each(labels, [&](std::size_t piece) { return work(runs[piece]); });
    for (std::size_t i = 0; i < runs.size(); ++i) found_[labels[i]] = all[i];
}

const std::vector<double>& Trainings::of(const Run& run, const std::string& what) const {
    const auto training = found_.find(run.label());
    require(training != found_.end(), "trainings", "there is no run \"", run.label(), "\"");
    const auto numbers = training->second.find(what);
    require(numbers != training->second.end(), "trainings", "the run \"", run.label(), "\" found no \"", what, "\"");
    return numbers->second;
}

const std::vector<double>& Trainings::of_first_seed(Run run, const std::string& what) const {
    run.seed = seeds_.front();
    return of(run, what);
}

std::vector<double> Trainings::each(Run run, const std::string& what, Number number) const {
    std::vector<double> values;
    for (const std::uint64_t seed : seeds_) run.seed = seed, values.push_back(number(of(run, what)));
    return values;
}

std::vector<double> Trainings::ratio(const Run& run, const Run& other, const std::string& what, Number number) const {
    return over(each(run, what, number), each(other, what, number));
}

std::vector<double> Trainings::difference(const Run& run, const Run& other, const std::string& what,
                                          Number number) const {
    return minus(each(run, what, number), each(other, what, number));
}

Plot::Curve curve_of(const Run& run, std::vector<double> x, std::vector<double> y) {
    Plot::Curve curve{.name = {run.norm, run.norm}, .x = std::move(x), .y = std::move(y), .colour = colours::kOther};
    if (run.norm == "batch") curve.name.ko = "배치 정규화", curve.colour = colours::kBatch;
    if (run.norm == "none") curve.name.ko = "정규화 없음", curve.colour = colours::kNone;
    return curve;
}

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double geometric_mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += std::log(value);
    return std::exp(sum / static_cast<double>(values.size()));
}

double largest_of(const std::vector<double>& values) {
    return *std::ranges::max_element(values);
}

double last_of(const std::vector<double>& values) {
    return values.back();
}

}  // namespace normlab
