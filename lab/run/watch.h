// What happens inside a net while it learns, examined every few steps: the numbers before and after each layer that
// normalizes and each activation whose input no norm made, what evaluation would make of the same images, and how large
// gradients and updates are. watch.jsonl has a line for each look.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

// The least, the 15th, 50th and 85th percentile, and the largest.
struct Spread {
    double least = 0, low = 0, median = 0, high = 0, largest = 0;
};

struct LayerLook {
    std::string name, kind;
    Spread before, after;
    // Of what a norm makes, or an activation gets:
    double dead = 0;       // share of the channels that are nowhere above 0: a ReLU passes nothing of them
    double saturated = 0;  // share of the numbers beyond ±3: a tanh has less than a hundredth of its slope there
    // The output for the same images in eval(): root mean square of the difference, in deviations of training's output.
    double eval_gap = 0;
    // The batch's statistics against the running ones, over the channels: the root mean square of (μ_B − μ)/σ and of
    // ln(σ_B/σ). Empty if no running statistics are kept.
    std::optional<double> mean_gap, deviation_gap;
};

struct ParameterLook {
    std::string name;
    double gradient = 0, update = 0;           // their norms over the parameter's; not finite if that is 0
    std::optional<Spread> weights, gradients;  // before the step; looks of earlier versions have none
};

struct Look {
    Index epoch = 0, step = 0;       // counted from 1
    double loss = 0, eval_loss = 0;  // of the step's last batch: in training, and in evaluation before the step
    std::vector<LayerLook> layers;   // in the order in which they compute
    std::vector<ParameterLook> parameters;
};

Json to_json(const Look& look);  // with six digits; null for what is not finite
std::vector<Look> parse_looks(const std::string& text, const std::string& where);  // errors begin with `where`
std::vector<Look> read_looks(const std::filesystem::path& run);

}  // namespace normlab
