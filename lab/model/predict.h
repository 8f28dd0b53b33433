// What a model takes images of any size for.
#pragma once

#include <filesystem>

#include "datasets/resize.h"
#include "lab/model/model_file.h"

namespace normlab {

struct Guess {
    std::string label;
    double probability = 0;
};

struct Prediction {
    std::filesystem::path file;
    Image seen;                  // as the model was shown it
    std::vector<Guess> guesses;  // the likeliest first
};

// A folder stands for all files in it and below, in the order of their names.
std::vector<std::filesystem::path> image_files(const std::vector<std::string>& paths);

// Each file is brought to the model's size, its channels and its pixel scale, as its training images were. The `count`
// likeliest classes for each.
std::vector<Prediction> predict(const Model& model, const std::vector<std::filesystem::path>& files, std::size_t count);

}  // namespace normlab
