// The doctor: what normalization does in a model, and what is wrong with it, in plain words. It looks at what the file
// holds, and at what the model does with images in eval and in train mode.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/image_set.h"
#include "lab/model/model_file.h"

namespace normlab {

struct Finding {
    std::string kind;                 // a name for programs: "never-updated"
    std::vector<std::string> layers;  // where, the first first
    std::string what, remedy;         // in plain words
    std::string command = "";         // that does what the remedy says, where one does
    Json numbers = Json::object();    // what was measured
};

// A layer that keeps running statistics.
struct LayerHealth {
    std::string name, kind;
    Index batches = 0;                      // that its statistics have seen
    double variance_ratio = 1;              // running over population variance, the channels' median
    double mean_shift = 0;                  // (running − population mean)/deviation, root mean square
    Index values = 0;                       // of a channel in a batch of the training run
    double mean_noise = 0;                  // deviation of a batch's mean over that of the values
    Index channels = 0, without_scale = 0;  // channels, and those whose γ is about 0
};

struct Diagnosis {
    std::vector<Finding> findings;  // the worst first
    std::vector<LayerHealth> layers;
    std::optional<double> eval_accuracy, train_accuracy;  // on test images; none where nothing was computed
};

// `images`: the words of a command line that name them ("--corrupt", "blur"); none: they are the model's own.
Diagnosis diagnose(const Model& model, const Split& split, const std::vector<std::string>& images = {});

std::string to_text(const Diagnosis& diagnosis);
Json to_json(const Diagnosis& diagnosis);

}  // namespace normlab
