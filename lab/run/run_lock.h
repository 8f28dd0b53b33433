// Two processes in one run's folder would write over each other: who writes there holds its lock. The system lets go of
// it when the process ends, however that comes about; the empty file .lock stays. Only where nothing else came to be in
// the folder, as nothing could be done, that goes too, and the folder if it was made here (not those around it).
#pragma once

#include "lab/run/run_folder.h"

namespace normlab {

class RunLock {
  public:
    explicit RunLock(const RunFolder& folder);  // makes the folder; an Error where nothing can be written there
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    bool held() const { return held_; }  // false: another process has it

  private:
    RunFolder folder_;
    bool made_;
    int file_;
    bool held_;
};

}  // namespace normlab
