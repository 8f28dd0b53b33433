// A trained model in one file: weights and buffers, and in the metadata all that is needed to use them: the config in
// full, the shape of an image, the classes' names, and the scale of the pixels.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "datasets/pixel_scale.h"
#include "framework/module.h"
#include "framework/safetensors.h"
#include "lab/config/config.h"

namespace normlab {

struct Model {
    std::unique_ptr<Module> module;
    Config config;
    Shape image;  // (C,H,W)
    std::vector<std::string> classes;
    PixelScale scale;
};

// The model that a config describes, for images like those of `train`: its initial weights drawn or read, its frozen
// parts frozen. What was left out of init.weights is reported to `tell`.
Model build_model(
    const Config& config, const ImageSet& train,
    const std::function<void(const std::string&)>& tell = [](const auto&) {});

// Its state (the tensors share the module's storage) with the metadata.
State state_with_metadata(const Model& model);

void save_model(const std::filesystem::path& path, const Model& model);
Model load_model(const std::filesystem::path& path);  // in eval()

}  // namespace normlab
