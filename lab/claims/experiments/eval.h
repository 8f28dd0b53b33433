// What the two files of the experiment `eval` have in common: three nets that have learned, and are then tested.
#pragma once

#include "lab/claims/workbench/images.h"
#include "lab/claims/workbench/trials.h"

namespace normlab {

inline const std::string kConv = "VGG6, batch", kDense = "MLP, batch", kDenseGroup = "MLP, group";
NetPlan tested_plan(const std::string& name);
std::unique_ptr<Module> trained_net(Workbench& bench, const std::string& name, std::uint64_t seed);

// What the net, in its mode, answers to the images at these places in batches of this size: a row for each image.
using Places = std::vector<Index>;
Tensor answers(Module& net, const Tensor& images, const Places& places, std::size_t size);

Evidence examine_forgotten_eval(Workbench& bench);

}  // namespace normlab
