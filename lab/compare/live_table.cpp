#include "lab/compare/live_table.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "lab/compare/name_columns.h"
#include "lab/compare/verdict.h"

namespace normlab {
namespace {

using enum Table::Align;

constexpr std::size_t kTitle = 2;  // the title of a table and the line below it

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
    const std::string where = cell.divergence();
    if (cell.diverged() == 1 || where == "in tuning") return "diverged " + where;
    return std::to_string(cell.diverged()) + " diverged";
}

// The first of a cell's runs that is under way.
const Progress* progress_of(const Cell& cell, const Comparison& comparison, const RunsNow& now) {
    for (const auto& [run, progress] : now)
        if (std::ranges::find(cell.runs, &comparison.runs[run]) != cell.runs.end()) return &progress;
    return nullptr;
}

std::vector<std::string> state_of(const Cell& cell, const Progress* now) {
    const auto ended = std::ranges::count_if(cell.runs, &ComparedRun::ended);
    const std::string runs = std::to_string(ended) + "/" + std::to_string(cell.runs.size());
    if (now != nullptr)
        return {runs,
                now->epochs > 0 ? std::to_string(now->epoch) + "/" + std::to_string(now->epochs)
                                : std::to_string(now->step) + "/" + std::to_string(now->steps),
                fixed(now->loss, 4), percent(now->accuracy), duration(now->seconds_left)};
    const auto loss = sample_of(cell, final_loss);
    const std::string diverged = diverged_text(cell), accuracy = accuracy_text(cell);
    return {runs, "", loss ? fixed(loss->mean, 4) : "", accuracy.empty() ? diverged : accuracy,
            accuracy.empty() ? "" : diverged};
}

// "run 8 of 9: norm=group,seed=2", "runs 8 to 11 of 45"
std::string place_of(const Comparison& comparison, const RunsNow& now) {
    const std::size_t first = comparison.ended() + 1, last = comparison.ended() + now.size();
    const std::string of = " of " + std::to_string(comparison.runs.size());
    const std::string tuning = comparison.sweep.tunes() ? "tuning, " : "";
    if (now.size() == 1)
        return tuning + "run " + std::to_string(first) + of + ": " + comparison.runs[now.begin()->first].folder;
    return tuning + "runs " + std::to_string(first) + " to " + std::to_string(last) + of;
}

std::string time_left_of_all(const Comparison& comparison, const RunsNow& now) {
    const std::optional<double> left = seconds_left(comparison, now);
    return left ? ", " + duration(*left) + " left of all" : "";
}

// The title of a table and at most `room` lines of its rows, those around the row `current`.
std::vector<std::string> lines_around(std::size_t current, const Table& table, std::size_t room, std::size_t columns) {
    const std::vector<Table::Lines> parts = table.parts(columns);
    std::vector<std::string> lines;
    std::size_t place = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i == kTitle + current) place = lines.size() - kTitle;
        lines.insert(lines.end(), parts[i].begin(), parts[i].end());
    }
    const std::size_t all = lines.size() - kTitle;
    if (all <= room) return lines;
    const std::size_t first = std::min(place - std::min(place, room / 2), all - room);
    const auto rows = lines.begin() + static_cast<std::ptrdiff_t>(kTitle);
    lines.erase(rows + static_cast<std::ptrdiff_t>(first + room), lines.end());
    lines.erase(rows, rows + static_cast<std::ptrdiff_t>(first));
    return lines;
}

}  // namespace

std::vector<std::string> live_lines(const Comparison& comparison, const RunsNow& now, std::size_t most_lines,
                                    std::size_t columns) {
    const Results results = arranged(comparison);
    const bool in_epochs = now.begin()->second.epochs > 0;
    Table table(chained(name_columns(results), {{"runs", right},
                                                {in_epochs ? "epoch" : "step", right},
                                                {"loss", right},
                                                {"accuracy", right},
                                                {"left", right}}));
    std::size_t current = 0, rows = 0;
    for (std::size_t condition = 0; condition < results.conditions.size(); ++condition)
        for (std::size_t variant = 0; variant < results.variants.size(); ++variant, ++rows) {
            const Cell& cell = results.cell(variant, condition);
            const Progress* progress = progress_of(cell, comparison, now);
            if (progress == &now.begin()->second) current = rows;
            table.add(chained(names_of(results, variant, condition), state_of(cell, progress)));
        }
    const std::vector<std::string> foot =
        folded(place_of(comparison, now) + time_left_of_all(comparison, now), columns);
    const std::size_t room = std::max(kTitle + foot.size() + 1, most_lines) - kTitle - foot.size();
    return chained(lines_around(current, table, room, columns), foot);
}

Table result_table(const Results& results) {
    Table table(chained(
        name_columns(results),
        {{"runs", right}, {"final accuracy", right}, {"best", right}, {"images/s", right}, {"MiB a step", right}}));
    for (std::size_t condition = 0; condition < results.conditions.size(); ++condition) {
        if (condition > 0) table.add_line();
        for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
            const Cell& cell = results.cell(variant, condition);
            const auto best = sample_of(cell, best_accuracy), speed = sample_of(cell, images_per_s);
            const auto ended = std::ranges::find_if(cell.runs, &ComparedRun::ended);
            const std::string accuracy = accuracy_text(cell);
            table.add(chained(names_of(results, variant, condition),
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
    std::string line = (comparison.sweep.tunes() ? "tuning [" : "[") +
                       padded(std::to_string(comparison.ended()), all.size(), Table::Align::right) + "/" + all + "] " +
                       run.folder;
    if (run.diverged()) {
        line += "  diverged " + run.outcome->where();
    } else {
        const EpochMetrics& last = run.metrics.back();
        const Score& score = last.test ? *last.test : last.judged();
        line += (last.test ? "  test loss " : "  val loss ") + fixed(score.loss, 4) + "  acc " +
                percent(score.accuracy) + "  " + duration(last.seconds);
    }
    const std::optional<double> left = seconds_left(comparison);
    return line + (left && *left > 0 ? ", " + duration(*left) + " left" : "");
}

void LiveTable::print(const std::string& line) {
    lines_.clear();
    out_ << line << std::endl;  // flushed: the reader of a pipe wants to see it now
}

void LiveTable::message(const std::string& text) {
    print(text);
}

// The runs of a tuning are not those that follow it.
void LiveTable::begin(const Comparison&) {
    now_.clear();
}

void LiveTable::step(const Comparison& comparison, std::size_t run, const Progress& progress) {
    now_[run] = progress;
    std::erase_if(now_, [&](const auto& each) { return !comparison.runs[each.first].running; });
    if (!now_.empty() && lines_.is_due())
        lines_.draw(live_lines(comparison, now_, lines_.rows() - 1, lines_.columns()));
}

void LiveTable::ended(const Comparison& comparison, std::size_t run) {
    now_.erase(run);
    print(ended_line(comparison, run));
}

}  // namespace normlab
