#include "lab/run/run_folder.h"

#include "framework/support/error.h"
#include "framework/support/files.h"

namespace normlab {

namespace fs = std::filesystem;

bool RunFolder::create() const {
    std::error_code problem;
    const bool made = fs::create_directories(path, problem);
    if (!problem && !fs::is_directory(path)) problem = std::make_error_code(std::errc::not_a_directory);
    require(!problem, "run", "cannot create the folder ", path.string(), ": ", problem.message());
    return made;
}

bool RunFolder::holds_run() const {
    for (const fs::path& file : {checkpoint(), previous_checkpoint(), model(), best()})
        if (fs::exists(file)) return true;
    return false;
}

void RunFolder::clear() const {
    for (const fs::path& file : {checkpoint(), previous_checkpoint(), damaged_checkpoint(), config(), metrics(),
                                 metrics_table(), steps(), watch(), model(), best(), report(), diverged()}) {
        std::error_code problem;
        fs::remove(file, problem);
        require(!problem, "run", "cannot remove ", file.string(), ": ", problem.message());
        remove_unfinished(file);
    }
}

}  // namespace normlab
