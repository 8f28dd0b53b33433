// How a run of a sweep ended: outcome.json in its folder. A run that has one is never run again.
#pragma once

#include <optional>

#include "lab/run/run.h"

namespace normlab {

struct Outcome {
    bool diverged = false;
    Index step = 0;    // the last one; of a run that diverged the one in which it did
    std::string text;  // what was not finite, and where
    Index parameters = 0;
    double peak_mib = 0;  // of a training step, see step_memory_mib
};

// Without the run's config: counted and measured on a net of its own.
Outcome outcome_of(const Config& config, Index last_step);
Outcome outcome_of(const Config& config, const Diverged& error);

std::optional<Outcome> read_outcome(const std::filesystem::path& run);  // none where there is no whole one
void write_outcome(const std::filesystem::path& run, const Outcome& outcome);

}  // namespace normlab
