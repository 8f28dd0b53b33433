#include "lab/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace normlab {

namespace fs = std::filesystem;

RunLock::RunLock(const RunFolder& folder)
    : folder_(folder),
      made_(folder.create()),
      file_(::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    require(file_ >= 0, "run", "cannot write in the folder ", folder.path.string(), ": ", std::strerror(errno));
    // A file system that knows no locks gives none to others either.
    held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

RunLock::~RunLock() {
    std::error_code ignored;
    const auto files = std::distance(fs::directory_iterator(folder_.path, ignored), fs::directory_iterator());
    if (held_ && files == 1) fs::remove(folder_.lock(), ignored);
    if (held_ && files == 1 && made_) fs::remove(folder_.path, ignored);
    ::close(file_);
}

}  // namespace normlab
