// Files that may be compressed with gzip: recognized by their contents, not by their name.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

struct gzFile_s;  // zlib's

namespace normlab {

// Reads a file from its beginning, unpacked if it is compressed. Damage and a missing end are errors that name the
// file.
class GzipReader {
  public:
    explicit GzipReader(const std::filesystem::path& path);
    ~GzipReader();
    GzipReader(const GzipReader&) = delete;
    GzipReader& operator=(const GzipReader&) = delete;

    std::size_t read(void* data, std::size_t bytes);  // fewer than `bytes` only at the end of the file

  private:
    std::string path_;
    gzFile_s* file_;
};

std::string read_unpacked(const std::filesystem::path& path);

}  // namespace normlab
