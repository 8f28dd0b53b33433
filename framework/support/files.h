// Files that are replaced whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace normlab {

// Writes a temporary file beside `path`, brings it to the disk, and only then gives it the name: after a crash or on a
// full disk `path` holds what it held before, and of several writers at once the last one's contents stay. A symbolic
// link is followed, and stays. What is no regular file (a device, a pipe) is written to.
void replace_file(const std::filesystem::path& path, std::string_view contents);

// Removes the temporary files that killed writers of `path` have left; those being written are left alone.
void remove_unfinished(const std::filesystem::path& path);

std::string read_file(const std::filesystem::path& path);

}  // namespace normlab
