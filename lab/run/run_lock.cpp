#include "lab/run/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "framework/support/error.h"

namespace normlab {

namespace fs = std::filesystem;

RunLock::RunLock(const RunFolder& folder)
    : folder_(folder),
      made_(folder.create()),
      file_(::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    require(file_ >= 0, "run", "cannot write in the folder ", folder.path.string(), ": ", std::strerror(errno));
    // A file system without locks gives none to others either.
    held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    // A file that another process removed right after it was opened locks nothing.
    struct stat file {};
    held_ = held_ && ::fstat(file_, &file) == 0 && file.st_nlink > 0;
}

RunLock::~RunLock() {
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

}  // namespace normlab
