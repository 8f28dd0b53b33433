// A net layer by layer: what each computes from an image, what it holds, and what it costs.
#pragma once

#include <filesystem>
#include <memory>

#include "framework/module.h"
#include "lab/config/config.h"

namespace normlab {

// What a config or a model file describes, without its images.
struct Net {
    std::unique_ptr<Module> module;
    std::string name;  // of the config
    Shape image;       // (C,H,W)
    Index classes = 0;
    bool assumed_classes = false;  // their number is not known: the folder of images is not there
};
Net net_of(const Config& config);  // with initial weights; the files of `folder` are read for its classes
// A config with what --set changes in it, a model, or the folder of a run.
Net net_of_file(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});

struct LayerSummary {
    std::string name, kind;
    Shape output;  // of one image: (C,H,W) or (C)
    Index parameters = 0, buffers = 0;
    Index multiply_adds = 0;  // for one image, of convolutions and linear layers
};

// The layers that have no layers inside, in the order in which they compute.
std::vector<LayerSummary> summarize(Module& module, const Shape& image);

std::string summary_table(const std::vector<LayerSummary>& layers);

}  // namespace normlab
