// A fuzz target is a file that defines read(): it reads bytes as the program reads those of a file.
#pragma once

#include <filesystem>
#include <string_view>

namespace normlab::fuzz {

// An Error says that the bytes are wrong, and is as good as any other result.
void read(std::string_view bytes);

// A file with these bytes in a folder of this process.
std::filesystem::path file_with(std::string_view bytes, const std::filesystem::path& name = "file");

}  // namespace normlab::fuzz
