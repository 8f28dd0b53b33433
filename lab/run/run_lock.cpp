#include "lab/run/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "framework/support/error.h"

namespace normlab {

namespace fs = std::filesystem;

namespace {

// A file that another process removed right after it was opened locks nothing.
bool is_named(int file) {
    struct stat status {};
    return ::fstat(file, &status) == 0 && status.st_nlink > 0;
}

}  // namespace

RunLock::RunLock(const RunFolder& folder)
    : folder_(folder),
      made_(folder.create()),
      file_(::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    require(file_ >= 0, "run", "cannot write in the folder ", folder.path.string(), ": ", std::strerror(errno));
    // A file system without locks gives none to others either.
    held_ = (::flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && is_named(file_);
}

bool RunLock::share() {
    while (::flock(file_, LOCK_SH) != 0 && errno == EINTR) continue;
    held_ = false;
    return is_named(file_);
}

void RunLock::leave() {
    ::close(std::exchange(file_, -1));
}

RunLock::~RunLock() {
    if (file_ < 0) return;
    std::error_code problem;
    fs::directory_iterator file(folder_.path, problem);
    for (; !problem && file != fs::directory_iterator(); file.increment(problem))
        if (file->path() != folder_.lock()) break;
    if (held_ && !problem && file == fs::directory_iterator()) {
        fs::remove(folder_.lock(), problem);
        if (made_) fs::remove(folder_.path, problem);
    }
    ::close(file_);
}

bool is_locked(const RunFolder& folder) {
    const int file = ::open(folder.lock().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool locked = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(file);
    return locked;
}

}  // namespace normlab
