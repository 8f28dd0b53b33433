// What the doctor says about a model: what is wrong with its normalization, in plain words and in numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

struct Finding {
    std::string kind;                 // a name for programs: "never-updated"
    std::vector<std::string> layers;  // where, in the model's order
    std::string what, remedy;         // in plain words
    std::string command = "";         // that applies the remedy; empty if there is none
    Json numbers = Json::object();    // what was measured
};

// A layer that keeps running statistics.
struct LayerHealth {
    std::string name, kind;
    Index batches = 0;                      // seen by its statistics
    double variance_ratio = 1;              // running over population variance, the channels' median
    double mean_shift = 0;                  // (running − population mean)/deviation, root mean square
    Index values = 0;                       // of a channel in a batch of the training run
    double mean_noise = 0;                  // deviation of a batch's mean over that of the values
    Index channels = 0, without_scale = 0;  // channels, and those whose γ is about 0
};

struct Diagnosis {
    std::vector<Finding> findings;  // the worst first
    std::vector<LayerHealth> layers;
    std::optional<double> eval_accuracy, train_accuracy;  // on test images; empty if nothing was computed
};

std::string to_text(const Diagnosis& diagnosis);
Json to_json(const Diagnosis& diagnosis);

}  // namespace normlab
