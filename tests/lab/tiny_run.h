// A folder with the images of small_run.h and tiny.json, a config that trains on them in no time.
#pragma once

#include <string>

#include "framework/support/files.h"
#include "tests/lab/small_run.h"

namespace normlab::test {

class TinyRun {
  public:
    TinyRun() {
        write_small_set(folder_ / "set");
        Json config = small_config("set");
        config["name"] = "tiny";
        config["train"] = {{"epochs", 40}, {"checkpoint_every", 1}, {"threads", 1}};
        replace_file(folder_ / "tiny.json", config.dump(2));
    }
    const std::filesystem::path& path() const { return folder_.path(); }
    std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  private:
    // In memory where that can be: these tests write thousands of checkpoints, and each is brought to the disk.
    static std::filesystem::path place() {
        const std::filesystem::path memory = "/dev/shm";
        return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    }
    TemporaryFolder folder_{place()};
};

}  // namespace normlab::test
