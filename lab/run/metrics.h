// metrics.jsonl of a run: a line for each test, which is after every epoch or every few steps (train.test_every).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

// One line. What concerns training is of the steps since the line before. Accuracies are fractions, `lr` is the
// learning rate of the last step, `seconds` is the time of the run so far, including evaluations but not pauses.
struct EpochMetrics {
    Index epoch = 0, step = 0;  // how many are complete
    double lr = 0, train_loss = 0, train_accuracy = 0, test_loss = 0, test_accuracy = 0, seconds = 0, images_per_s = 0;
};
Json to_json(const EpochMetrics& metrics);

// Whether each line is that of an epoch. Otherwise a place in the run is told by its step.
bool are_of_epochs(const std::vector<EpochMetrics>& metrics);

std::string metrics_text(const std::vector<EpochMetrics>& metrics);
// Errors begin with `where`.
std::vector<EpochMetrics> parse_metrics(const std::string& text, const std::string& where);
std::vector<EpochMetrics> read_metrics(const std::filesystem::path& run);  // empty before the first epoch ends

}  // namespace normlab
