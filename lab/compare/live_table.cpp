#include "lab/compare/live_table.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>

#include "lab/compare/verdict.h"

namespace normlab {
namespace {

using enum Table::Align;

constexpr std::size_t kWidestVariant = 16, kWidestCondition = 20;

// The columns that identify a row, and its cells in them.
std::vector<Table::Column> first_columns(const Results& results) {
    if (results.conditions.size() == 1) return {{"variant"}};
    return {{"variant"}, {results.condition_title.empty() ? "condition" : results.condition_title, right}};
}
std::vector<std::string> first_cells(const Results& results, std::size_t variant, std::size_t condition) {
    std::vector<std::string> cells = {shortened(results.variants[variant], kWidestVariant)};
    if (results.conditions.size() > 1) cells.push_back(shortened(results.conditions[condition], kWidestCondition));
    return cells;
}

template <class Entry>
std::vector<Entry> chained(std::vector<Entry> first, const std::vector<Entry>& further) {
    first.insert(first.end(), further.begin(), further.end());
    return first;
}

std::string accuracy_text(const Cell& cell) {
    const auto sample = sample_of(cell, final_accuracy);
    if (!sample) return "";
    const auto reach = margin(*sample);
    return reach ? points(sample->mean, *reach) + " %" : percent(sample->mean);
}

std::string diverged_text(const Cell& cell) {
    if (cell.diverged() == 0) return "";
    const auto run = std::ranges::find_if(cell.runs, &ComparedRun::diverged);
    if (cell.runs.size() == 1 || cell.diverged() == 1)
        return "diverged at step " + std::to_string((*run)->outcome->step);
    return std::to_string(cell.diverged()) + " diverged";
}

std::vector<std::string> state_of(const Cell& cell, const Comparison& comparison, const RunNow& now) {
    const auto ended = std::ranges::count_if(cell.runs, &ComparedRun::ended);
    const std::string runs = std::to_string(ended) + "/" + std::to_string(cell.runs.size());
    const Progress& p = now.progress;
    if (std::ranges::find(cell.runs, &comparison.runs[now.run]) != cell.runs.end())
        return {runs,
                p.epochs > 0 ? std::to_string(p.epoch) + "/" + std::to_string(p.epochs)
                             : std::to_string(p.step) + "/" + std::to_string(p.steps),
                fixed(p.loss, 4), percent(p.accuracy), duration(p.seconds_left)};
    const auto loss = sample_of(cell, final_loss);
    const std::string diverged = diverged_text(cell), accuracy = accuracy_text(cell);
    return {runs, "", loss ? fixed(loss->mean, 4) : "", accuracy.empty() ? diverged : accuracy,
            accuracy.empty() ? "" : diverged};
}

// The length of a run, in epochs or in steps, as its config has it.
double length_of(const Comparison& comparison, std::size_t run) {
    const TrainConfig& train = comparison.sweep.runs[run].config.train;
    return static_cast<double>(train.steps.value_or(train.epochs));
}

// How much of a run is done, up to its last test.
double done_of(const Comparison& comparison, std::size_t i) {
    const ComparedRun& run = comparison.runs[i];
    if (run.ended()) return length_of(comparison, i);
    const bool in_steps = comparison.sweep.runs[i].config.train.steps.has_value();
    return run.metrics.empty() ? 0 : static_cast<double>(place_of(run.metrics.back(), !in_steps));
}

double all_done(const Comparison& comparison) {
    double sum = 0;
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) sum += done_of(comparison, i);
    return sum;
}

}  // namespace

std::vector<std::string> live_lines(const Comparison& comparison, const RunNow& now, double seconds_left,
                                    std::size_t most_lines) {
    const Results results = arranged(comparison);
    Table table(chained(first_columns(results), {{"runs", right},
                                                 {now.progress.epochs > 0 ? "epoch" : "step", right},
                                                 {"loss", right},
                                                 {"accuracy", right},
                                                 {"left", right}}));
    std::size_t current = 0, rows = 0;
    for (std::size_t condition = 0; condition < results.conditions.size(); ++condition)
        for (std::size_t variant = 0; variant < results.variants.size(); ++variant, ++rows) {
            const Cell& cell = results.cell(variant, condition);
            if (std::ranges::find(cell.runs, &comparison.runs[now.run]) != cell.runs.end()) current = rows;
            table.add(chained(first_cells(results, variant, condition), state_of(cell, comparison, now)));
        }
    std::vector<std::string> lines;
    std::istringstream text(table.text());
    for (std::string line; std::getline(text, line);) lines.push_back(line);

    constexpr std::size_t kHead = 2, kFoot = 1;
    const std::size_t room = std::max<std::size_t>(1, most_lines > kHead + kFoot ? most_lines - kHead - kFoot : 1);
    if (rows > room) {
        const std::size_t first = std::min(current - std::min(current, room / 2), rows - room);
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(kHead + first + room), lines.end());
        lines.erase(lines.begin() + kHead, lines.begin() + static_cast<std::ptrdiff_t>(kHead + first));
    }
    lines.push_back("run " + std::to_string(comparison.ended() + 1) + " of " + std::to_string(comparison.runs.size()) +
                    ": " + comparison.runs[now.run].folder + ", " + duration(seconds_left) + " left of all");
    return lines;
}

Table result_table(const Results& results) {
    Table table(chained(
        first_columns(results),
        {{"runs", right}, {"final accuracy", right}, {"best", right}, {"images/s", right}, {"MiB a step", right}}));
    for (std::size_t condition = 0; condition < results.conditions.size(); ++condition) {
        if (condition > 0) table.add_line();
        for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
            const Cell& cell = results.cell(variant, condition);
            const auto best = sample_of(cell, best_accuracy), speed = sample_of(cell, images_per_s);
            const auto ended = std::ranges::find_if(cell.runs, &ComparedRun::ended);
            const std::string accuracy = accuracy_text(cell);
            table.add(chained(first_cells(results, variant, condition),
                              {std::to_string(cell.runs.size()), accuracy.empty() ? diverged_text(cell) : accuracy,
                               best ? percent(best->mean) : "", speed ? grouped(std::llround(speed->mean)) : "",
                               ended == cell.runs.end() ? "" : fixed((*ended)->outcome->peak_mib, 1)}));
        }
    }
    return table;
}

std::string ended_line(const Comparison& comparison, std::size_t i) {
    const ComparedRun& run = comparison.runs[i];
    const std::string all = std::to_string(comparison.runs.size());
    const std::string place = "[" + padded(std::to_string(comparison.ended()), all.size(), Table::Align::right) + "/" +
                              all + "] " + run.folder;
    if (run.diverged()) return place + "  diverged at step " + std::to_string(run.outcome->step);
    const EpochMetrics& last = run.metrics.back();
    return place + "  test loss " + fixed(last.test_loss, 4) + "  acc " + percent(last.test_accuracy) + "  " +
           duration(last.seconds);
}

void LiveTable::print(const std::string& line) {
    lines_.clear();
    out_ << line << std::endl;  // flushed: the reader of a pipe wants to see it now
}

void LiveTable::message(const std::string& text) {
    print(text);
}

void LiveTable::begin(const Comparison& comparison) {
    began_ = Clock::now();
    done_before_ = all_done(comparison);
}

double LiveTable::seconds_left(const Comparison& comparison, std::size_t run, const Progress& progress) const {
    double all = 0;
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) all += length_of(comparison, i);
    const double step = static_cast<double>(progress.step), steps = static_cast<double>(progress.steps);
    const double now = progress.epochs > 0 ? static_cast<double>(progress.epoch - 1) + step / steps : step;
    const double done = all_done(comparison) - done_of(comparison, run) + now;
    const std::chrono::duration<double> took = Clock::now() - began_;
    return took.count() / (done - done_before_) * (all - done);
}

void LiveTable::step(const Comparison& comparison, std::size_t run, const Progress& progress) {
    if (!lines_.is_due()) return;
    lines_.draw(live_lines(comparison, {run, progress}, seconds_left(comparison, run, progress), lines_.rows() - 1));
}

void LiveTable::ended(const Comparison& comparison, std::size_t run) {
    print(ended_line(comparison, run));
}

}  // namespace normlab
