// The project's own files: configs/, docs/, README.md.
#pragma once

#include <filesystem>

namespace normlab::test {

inline const std::filesystem::path kProject = std::filesystem::path(NORMLAB_CONFIGS).parent_path();

}  // namespace normlab::test
