// What a run has left in a folder: nothing of it is cleared unasked.
#pragma once

#include <optional>
#include <string>

#include "lab/run/run_folder.h"

namespace normlab {

struct FormerRun {
    bool finished = false;
    std::string text;  // "a run that is not finished (3 of 10 epochs)"
};
std::optional<FormerRun> former_run(const RunFolder& folder);  // empty if there are no weights of one

}  // namespace normlab
