// Files that are replaced whole or not at all, and what else is asked of files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace normlab {

// Writes a temporary file beside `path`, flushes it to disk, and only then renames it: after a crash or on a full disk
// `path` has its old contents, and of several concurrent writers the last one wins. A symbolic link is followed, and
// stays. Anything but a regular file (a device, a pipe) is written to directly.
void replace_file(const std::filesystem::path& path, std::string_view contents);

// Removes the temporary files that killed writers of `path` left behind; those still being written stay.
void remove_unfinished(const std::filesystem::path& path);

bool is_hidden(const std::filesystem::path& path);  // by its name

std::string read_file(const std::filesystem::path& path);

}  // namespace normlab
