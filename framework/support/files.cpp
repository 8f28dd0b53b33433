#include "framework/support/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "framework/support/error.h"

namespace normlab {
namespace {

// A file being written; what is not finished is removed.
class Unfinished {
  public:
    explicit Unfinished(std::filesystem::path path)
        : path_(std::move(path)), file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
        check(file_ >= 0, "create");
    }
    ~Unfinished() {
        if (file_ >= 0) ::close(file_);
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

    void write(std::string_view contents) {
        while (!contents.empty()) {
            const ssize_t written = ::write(file_, contents.data(), contents.size());
            if (written < 0 && errno == EINTR) continue;
            check(written >= 0, "write");
            contents.remove_prefix(static_cast<std::size_t>(written));
        }
        check(::fsync(file_) == 0, "write");
    }

    void become(const std::filesystem::path& name) {
        check(::rename(path_.c_str(), name.c_str()) == 0, "replace");
        path_.clear();
    }

  private:
    void check(bool fine, const char* deed) const {
        if (!fine) fail("file", "cannot ", deed, " ", path_.string(), ": ", std::strerror(errno));
    }
    std::filesystem::path path_;
    int file_;
};

// A new name outlives a crash once its directory is on the disk, too.
void sync_directory(const std::filesystem::path& directory) {
    const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return;
    ::fsync(handle);
    ::close(handle);
}

}  // namespace

void replace_file(const std::filesystem::path& path, std::string_view contents) {
    std::error_code ignored;
    require(!std::filesystem::is_directory(path, ignored), "file", "cannot write ", path.string(),
            ": it is a directory; name a file in it");
    const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    Unfinished file(directory / (path.filename().string() + ".unfinished"));
    file.write(contents);
    file.become(path);
    sync_directory(directory);
}

std::string read_file(const std::filesystem::path& path) {
    std::error_code ignored;
    require(!std::filesystem::is_directory(path, ignored), "file", "cannot read ", path.string(),
            ": it is a directory");
    std::ifstream in(path, std::ios::binary);
    if (!in) fail("file", "cannot read ", path.string(), ": ", std::strerror(errno));
    std::string contents(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) fail("file", "cannot read ", path.string(), ": ", std::strerror(errno));
    return contents;
}

}  // namespace normlab
