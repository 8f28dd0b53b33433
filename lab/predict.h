// What a model sees in images of any size.
#pragma once

#include <filesystem>

#include "lab/model_file.h"

namespace normlab {

struct Guess {
    std::string label;
    double probability = 0;
};

// Each file is brought to the model's size, its channels and its pixel scale, as its training images were. The `count`
// likeliest classes for each, the likeliest first.
std::vector<std::vector<Guess>> predict(const Model& model, const std::vector<std::filesystem::path>& files,
                                        std::size_t count);

}  // namespace normlab
