// Names of modules and parameters picked by pattern, as a config does:
//   layer1            layer1 and all below it: layer1.0.conv1.weight
//   layer1.*.conv2    "*" matches any letters, dots included
#pragma once

#include <string>
#include <vector>

#include "framework/module.h"
#include "layers/conv2d.h"
#include "optim/optim_config.h"

namespace normlab {

using NamePatterns = std::vector<std::string>;

bool matches(const std::string& pattern, const std::string& name);
bool matches_any(const NamePatterns& patterns, const std::string& name);

// A pattern that picks none of the names is a ConfigError with the nearest name; `path` is where the patterns are.
void require_each_matches(const NamePatterns& patterns, const std::vector<std::string>& names, const std::string& path);

// The names that patterns can pick: of all modules but the root, and of all parameters.
std::vector<std::string> names_in(Module& model);

// Freezes the modules and parameters that `patterns`, the value of the key freeze, pick.
void freeze_matching(Module& model, const NamePatterns& patterns);

// The convolutions that `patterns`, the value of the key init.whiten, pick. Each must be able to see the images, which
// have so many channels, and have at most two kernels for each number of a patch.
std::vector<Conv2d*> whitened_layers(Module& model, const NamePatterns& patterns, Index channels);

// Each pattern of optim.groups must pick a parameter.
void require_groups_match(const std::vector<OptimConfig::Group>& groups, Module& model);

}  // namespace normlab
