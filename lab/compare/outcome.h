// How a run of a sweep ended: outcome.json in its folder. A run that has it is never run again.
#pragma once

#include <optional>

#include "lab/run/run.h"

namespace normlab {

struct Outcome {
    bool diverged = false;
    Index step = 0;               // the last one; of a diverged run the one in which it diverged, 0 if it was in tuning
    std::optional<Index> epochs;  // lines of its metrics; empty in files of earlier versions
    std::string text;             // what was not finite, and where
    Index parameters = 0;
    double peak_mib = 0;  // of a training step, see step_memory_mib

    std::string where() const;  // a diverged run did: "at step 312", "in tuning"
};

// Whether these are all metrics of the run that ended like this.
bool are_whole(const std::vector<EpochMetrics>& metrics, const Outcome& outcome);

// Parameters and memory are those of a net built for the purpose.
Outcome outcome_of(const Config& config, Index last_step);
Outcome outcome_of(const Config& config, const Diverged& error);

std::optional<Outcome> read_outcome(const std::filesystem::path& run);  // empty if there is none, or a damaged one
void write_outcome(const std::filesystem::path& run, const Outcome& outcome);

}  // namespace normlab
