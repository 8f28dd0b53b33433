#include "datasets/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "framework/support/error.h"

namespace normlab {

GzipReader::GzipReader(const std::filesystem::path& path) : path_(path.string()) {
    std::error_code ignored;
    require(!std::filesystem::is_directory(path, ignored), "file", "cannot read ", path_, ": it is a directory");
    errno = 0;
    file_ = gzopen(path_.c_str(), "rb");
    if (file_ == nullptr)
        fail("file", "cannot read ", path_, ": ", errno != 0 ? std::strerror(errno) : "out of memory");
    gzbuffer(file_, 1u << 17);
}

GzipReader::~GzipReader() {
    gzclose(file_);
}

std::size_t GzipReader::read(void* data, std::size_t bytes) {
    constexpr std::size_t most = std::size_t{1} << 30;  // zlib counts in 32 bits
    std::size_t total = 0;
    while (total < bytes) {
        const int got =
            gzread(file_, static_cast<char*>(data) + total, static_cast<unsigned>(std::min(bytes - total, most)));
        // A file that ends too early reads like one that has ended; only the status tells them apart.
        int status = Z_OK;
        const char* text = gzerror(file_, &status);
        if (status == Z_BUF_ERROR) fail("file", path_, " is incomplete: its gzip data ends too early");
        if (status == Z_ERRNO) fail("file", "cannot read ", path_, ": ", std::strerror(errno));
        if (got < 0 || status < 0) fail("file", path_, " is damaged: its gzip data cannot be unpacked (", text, ")");
        if (got == 0) break;
        total += static_cast<std::size_t>(got);
    }
    return total;
}

std::string read_unpacked(const std::filesystem::path& path) {
    GzipReader reader(path);
    std::string contents;
    std::size_t size = 0;
    do {
        contents.resize(std::max<std::size_t>(1u << 16, 2 * size));
        size += reader.read(contents.data() + size, contents.size() - size);
    } while (size == contents.size());
    contents.resize(size);
    return contents;
}

}  // namespace normlab
