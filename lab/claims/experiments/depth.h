// What the two files of the experiment `depth` have in common.
#pragma once

#include "lab/claims/workbench/trials.h"

namespace normlab {

inline const std::string kWithoutAffine = R"({"type":"batch","affine":false})";
// Layers of 100 units from this initialization.
std::string deep(const std::string& activation, const std::string& init, int layers = 20);
// Of the weights of each linear layer, the first layer first.
std::vector<double> gradient_lengths(Module& net, const Batch& batch);
double growth(const std::vector<double>& lengths);  // the second layer's by the last hidden one's

Evidence examine_deep_training(Workbench& bench);

}  // namespace normlab
