// A file or folder that processes lock (flock). The system releases it when the process ends, in whatever way.
#pragma once

#include <filesystem>

namespace normlab {

class FileLock {
  public:
    enum Kind { exclusive, shared };

    FileLock() = default;                                            // of nothing
    static FileLock of_folder(const std::filesystem::path& folder);  // which has to be there
    static FileLock of_file(const std::filesystem::path& file);      // likewise
    static FileLock of_new_file(const std::filesystem::path& file);  // made, if it is not there
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

    bool is_open() const { return file_ >= 0; }
    // Whether it is still there: one that another process removed right after it was opened locks nothing.
    bool is_named() const;
    bool take(Kind kind);  // false: another process has it. A file system without locks gives none to others either
    void wait(Kind kind);  // until it is free
    void close();          // a copy of this process (fork) has it from then on

  private:
    FileLock(const std::filesystem::path& path, int flags);
    int file_ = -1;
};

}  // namespace normlab
