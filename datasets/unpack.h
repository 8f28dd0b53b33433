// Unpacks a .tar.gz: the regular files in it, below `into`. Names that lead out of that folder are refused.
#pragma once

#include <filesystem>

namespace normlab {

void unpack_tar(const std::filesystem::path& archive, const std::filesystem::path& into);

}  // namespace normlab
