// Any runs on one page: what their configs differ in, their curves over each other, and what came of each.
#pragma once

#include "lab/report/report.h"

namespace normlab {

struct ShownRun {
    std::string name;  // of its folder, with the way there if two are called so
    std::filesystem::path folder;
    Json config;  // in full
    RunState state;
    std::vector<EpochMetrics> metrics;
};
// An Error if a config cannot be read; of damaged metrics the state tells.
std::vector<ShownRun> read_runs(const std::vector<std::filesystem::path>& folders);

// "optim.lr" with its value in each run, for every key in which runs differ; empty in runs that do not have it.
struct ConfigDifference {
    std::string key;
    std::vector<std::string> values;
};
std::vector<ConfigDifference> differences(const std::vector<ShownRun>& runs);

// The page that is to lie in `file`: links to the runs' own reports are relative to it. `again` is the command that
// writes it.
std::string side_by_side(const std::vector<ShownRun>& runs, const std::filesystem::path& file,
                         const std::string& again);

}  // namespace normlab
