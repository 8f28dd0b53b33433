// The runs of a comparison as a table: a row for each variant, a column for each condition under which the variants are
// tried, and in each cell the runs that differ only in the seed. In a sweep over norms, batch sizes and seeds, the
// norms are the variants and the batch sizes the conditions.
#pragma once

#include "lab/compare/comparison.h"
#include "lab/text/statistics.h"

namespace normlab {

struct Cell {
    std::vector<const ComparedRun*> runs;
    std::vector<const PlannedRun*> plans;  // of each

    std::size_t diverged() const;
    bool ended() const;              // all of them
    std::string divergence() const;  // "at step 312 and 315", "in tuning"
    std::uint64_t seed(std::size_t run) const { return plans[run]->config.seed; }
};

struct Results {
    std::vector<std::string> variants;
    std::string condition_title;            // "batch size"; empty if there is one condition, or several axes
    std::vector<std::string> conditions;    // "2", "4"; a single empty one if there is no such axis
    std::vector<double> condition_numbers;  // the same as numbers; empty if one is not a number
    std::vector<Cell> cells;                // row by row
    bool validated = false;                 // while they train, runs are judged by validation images,
    bool tested = true;                     // and in the end, unless they tune, by the test set

    std::string judge() const { return validated ? "validation images" : "test set"; }
    std::string last_judge() const { return tested ? "test set" : "validation images"; }

    const Cell& cell(std::size_t variant, std::size_t condition) const {
        return cells[variant * conditions.size() + condition];
    }
    std::string condition_text(std::size_t condition) const;  // "batch size 2"
    std::string condition_column() const;                     // "batch size", or "condition" of several axes
};
Results arranged(const Comparison& comparison);  // which must outlive it

// Numbers of a run. A diverged run has those up to its last test, and no final ones. Where runs have validation images
// the final and best numbers are those of the test set, looked at in the end: of the last weights, and of those that
// were best on the validation images.
using RunNumber = std::optional<double> (*)(const ComparedRun&);
std::optional<double> final_accuracy(const ComparedRun& run);
std::optional<double> final_loss(const ComparedRun& run);
std::optional<double> best_accuracy(const ComparedRun& run);
std::optional<double> best_loss(const ComparedRun& run);
std::optional<double> validation_accuracy(const ComparedRun& run);
std::optional<double> best_validation_accuracy(const ComparedRun& run);
std::optional<double> seconds(const ComparedRun& run);       // of a whole run
std::optional<double> images_per_s(const ComparedRun& run);  // the median over its tests

// The first test with at least that accuracy; null if there is none.
const EpochMetrics* reached(const ComparedRun& run, double accuracy);

// How far runs have come is told in epochs if all of them are tested after each, or else in steps.
bool are_of_epochs(const std::vector<ComparedRun>& runs);
inline Index place_of(const EpochMetrics& metrics, bool in_epochs) {
    return in_epochs ? metrics.epoch : metrics.step;
}

// Over the finished runs of a cell; empty if there are none.
std::vector<double> values_of(const Cell& cell, RunNumber number);
std::optional<Sample> sample_of(const Cell& cell, RunNumber number);

// How much higher one cell ends than another: paired over the seeds that both have if there are at least two, otherwise
// by Welch's test; empty if one has fewer than two runs.
std::optional<Difference> difference_of(const Cell& a, const Cell& b);

}  // namespace normlab
