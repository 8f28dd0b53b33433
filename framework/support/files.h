// Files that are replaced whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace normlab {

// Writes a temporary file beside `path`, brings it to the disk, and only then gives it the name: after a crash or on a
// full disk `path` holds what it held before.
void replace_file(const std::filesystem::path& path, std::string_view contents);

std::string read_file(const std::filesystem::path& path);

}  // namespace normlab
