// runs/index.html: the table of `normlab runs` as a page, written again whenever a run in runs/ ends.
#pragma once

#include <filesystem>

namespace normlab {

// `run` is the folder of a run or a comparison that has ended. Does nothing if it does not lie in runs/, the folder
// that the program chooses itself; a page that cannot be written is a warning.
void refresh_run_index(const std::filesystem::path& run);

}  // namespace normlab
