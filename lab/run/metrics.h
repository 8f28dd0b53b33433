// metrics.jsonl of a run: a line for each test, which is after every epoch or every few steps (train.test_every).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

// What a model gets on a set of images: the mean cross-entropy, and the share of them that it knows.
struct Score {
    double loss = 0, accuracy = 0;
};

// One line. What concerns training is of the steps since the line before. `lr` is the learning rate of the last step,
// `seconds` is the time of the run so far, including evaluations but not pauses.
struct EpochMetrics {
    Index epoch = 0, step = 0;  // how many are complete
    double lr = 0, train_loss = 0, train_accuracy = 0;
    // Without data.validation each line has `test`. With it each has `validation`, and the last one `test` and what the
    // best weights get on the test set; `validation` chose them.
    std::optional<Score> validation = {}, test = {}, best_test = {};
    double seconds = 0, images_per_s = 0;

    const Score& judged() const { return validation ? *validation : *test; }  // the best epoch is chosen by it
};
Json to_json(const EpochMetrics& metrics);

// The one with the highest accuracy by which it is judged, of equals the one with the lowest loss, the first of these;
// null if there is none.
const EpochMetrics* best_of(const std::vector<EpochMetrics>& metrics);

// Whether the last so many are no better than one before: train.early_stop.
bool are_stale(const std::vector<EpochMetrics>& metrics, const std::optional<Index>& tests);

// Whether each line is that of an epoch. Otherwise a place in the run is told by its step.
bool are_of_epochs(const std::vector<EpochMetrics>& metrics);

std::string metrics_text(const std::vector<EpochMetrics>& metrics);
std::string metrics_csv(const std::vector<EpochMetrics>& metrics);  // the same as a table, for spreadsheets
// Errors begin with `where`.
std::vector<EpochMetrics> parse_metrics(const std::string& text, const std::string& where);
std::vector<EpochMetrics> read_metrics(const std::filesystem::path& run);  // empty before the first epoch ends

}  // namespace normlab
