// Two processes in one run's folder would overwrite each other's files, so a process that writes there holds its lock.
// When the process ends, in whatever way, it is released; the empty file .lock stays. It is removed if it is alone in
// the folder, because nothing could be done; so is the folder, but not its parents, if it was made here. Processes that
// divide the work in a folder among themselves share its lock.
#pragma once

#include "lab/run/file_lock.h"
#include "lab/run/run_folder.h"

namespace normlab {

class RunLock {
  public:
    explicit RunLock(const RunFolder& folder);  // makes the folder; an Error if it cannot be written to
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    bool held() const { return held_; }  // false: another process has it

    // Holds it together with all others that share it. Waits while a process holds it alone; false if that removed the
    // folder's lock in the end.
    bool share();
    // Leaves it to a copy of this process (fork), which holds it from then on.
    void leave();

  private:
    RunFolder folder_;
    bool made_;
    FileLock file_;
    bool held_ = false;
};

bool is_locked(const RunFolder& folder);  // by a process that trains there; leaves no trace

}  // namespace normlab
