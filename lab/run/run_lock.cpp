#include "lab/run/run_lock.h"

#include <cerrno>
#include <cstring>

#include "framework/support/error.h"

namespace normlab {

namespace fs = std::filesystem;

RunLock::RunLock(const RunFolder& folder)
    : folder_(folder), made_(folder.create()), file_(FileLock::of_new_file(folder.lock())) {
    require(file_.is_open(), "run", "cannot write in the folder ", folder.path.string(), ": ", std::strerror(errno));
    held_ = file_.take(FileLock::exclusive) && file_.is_named();
}

bool RunLock::share() {
    file_.wait(FileLock::shared);
    held_ = false;
    return file_.is_named();
}

void RunLock::leave() {
    file_.close();
}

RunLock::~RunLock() {
    if (!file_.is_open()) return;
    std::error_code problem;
    fs::directory_iterator file(folder_.path, problem);
    for (; !problem && file != fs::directory_iterator(); file.increment(problem))
        if (file->path() != folder_.lock()) break;
    if (held_ && !problem && file == fs::directory_iterator()) {
        fs::remove(folder_.lock(), problem);
        if (made_) fs::remove(folder_.path, problem);
    }
}

bool is_locked(const RunFolder& folder) {
    FileLock file = FileLock::of_file(folder.lock());
    return file.is_open() && !file.take(FileLock::shared);
}

}  // namespace normlab
