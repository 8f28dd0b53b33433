// What a model takes images for, whatever their size.
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
    Image seen;                  // as the model saw it
    std::vector<Guess> guesses;  // the likeliest first
};

// A folder means all files in it and below, in the order of their names.
std::vector<std::filesystem::path> image_files(const std::vector<std::string>& paths);

// Each file is converted to the model's size, channels and pixel scale, as its training images were. The `count`
// likeliest classes for each.
std::vector<Prediction> predict(const Model& model, const std::vector<std::filesystem::path>& files, std::size_t count);

}  // namespace normlab
