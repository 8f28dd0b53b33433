#include "lab/verbs/run_index.h"

#include <iostream>

#include "framework/support/files.h"
#include "lab/compare/run_list.h"
#include "lab/run/file_lock.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

void warn(const fs::path& page, const std::string& trouble) {
    std::cerr << "normlab: " << page.string() << " is not up to date: " << trouble << '\n';
}

}  // namespace

void refresh_run_index(const fs::path& run) {
    const fs::path runs = "runs", page = runs / "index.html";
    if (*run.lexically_normal().begin() != runs) return;
    try {
        FileLock turn = FileLock::of_folder(runs);
        if (turn.is_open()) turn.wait(FileLock::exclusive);  // whoever writes last has seen how all others ended
        replace_file(page, runs_page(list_runs(runs), page));
    } catch (const Error& error) {
        warn(page, error.what());
    } catch (const fs::filesystem_error& error) {
        warn(page, error.code().message());
    }
}

}  // namespace normlab
