#include "lab/verbs/run_index.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "framework/support/files.h"
#include "lab/compare/run_list.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

// Held while the runs are listed and the page is written: whoever writes last has seen how all others ended.
class IndexTurn {
  public:
    explicit IndexTurn(const fs::path& folder) : file_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        while (file_ >= 0 && ::flock(file_, LOCK_EX) != 0 && errno == EINTR) continue;
    }
    ~IndexTurn() {
        if (file_ >= 0) ::close(file_);
    }
    IndexTurn(const IndexTurn&) = delete;
    IndexTurn& operator=(const IndexTurn&) = delete;

  private:
    int file_;
};

void warn(const fs::path& page, const std::string& trouble) {
    std::cerr << "normlab: " << page.string() << " is not up to date: " << trouble << '\n';
}

}  // namespace

void refresh_run_index(const fs::path& run) {
    const fs::path runs = "runs", page = runs / "index.html";
    if (*run.lexically_normal().begin() != runs) return;
    try {
        const IndexTurn turn(runs);
        replace_file(page, runs_page(list_runs(runs), page));
    } catch (const Error& error) {
        warn(page, error.what());
    } catch (const fs::filesystem_error& error) {
        warn(page, error.code().message());
    }
}

}  // namespace normlab
