// Names of modules and parameters picked by pattern, as a config does:
//   layer1            layer1 and all below it: layer1.0.conv1.weight
//   layer1.*.conv2    "*" stands for any letters, points included
#pragma once

#include <string>
#include <vector>

namespace normlab {

using NamePatterns = std::vector<std::string>;

bool matches(const std::string& pattern, const std::string& name);
bool matches_any(const NamePatterns& patterns, const std::string& name);

// A pattern that picks none of the names is a ConfigError with the nearest name; `path` is where the patterns stand.
void require_each_matches(const NamePatterns& patterns, const std::vector<std::string>& names, const std::string& path);

}  // namespace normlab
