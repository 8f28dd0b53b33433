#include "lab/run/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace normlab {

namespace fs = std::filesystem;

FileLock::FileLock(const fs::path& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}

FileLock FileLock::of_folder(const fs::path& folder) {
    return {folder, O_RDONLY | O_DIRECTORY};
}
FileLock FileLock::of_file(const fs::path& file) {
    return {file, O_RDONLY};
}
FileLock FileLock::of_new_file(const fs::path& file) {
    return {file, O_RDWR | O_CREAT};
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
}
FileLock::~FileLock() {
    close();
}

bool FileLock::is_named() const {
    struct stat status {};
    return ::fstat(file_, &status) == 0 && status.st_nlink > 0;
}

bool FileLock::take(Kind kind) {
    return ::flock(file_, (kind == exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void FileLock::wait(Kind kind) {
    while (::flock(file_, kind == exclusive ? LOCK_EX : LOCK_SH) != 0 && errno == EINTR) continue;
}

void FileLock::close() {
    if (file_ >= 0) ::close(std::exchange(file_, -1));
}

}  // namespace normlab
