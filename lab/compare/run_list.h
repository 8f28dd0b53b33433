// What lies in a folder of runs: a row for each run, the newest first. The runs of a comparison share one.
#pragma once

#include <ctime>

#include "lab/report/report.h"

namespace normlab {

struct ListedRun {
    std::filesystem::path folder;
    std::string data, net, norm, state;
    std::optional<double> accuracy;  // the last: on the test set, or else on the validation images
    std::time_t when = 0;            // its last test, or its begin
};
std::vector<ListedRun> list_runs(const std::filesystem::path& root);

std::string to_text(const std::vector<ListedRun>& runs);
Json to_json(const std::vector<ListedRun>& runs);
// A page that is to lie in `file`, with links to the runs' own.
std::string runs_page(const std::vector<ListedRun>& runs, const std::filesystem::path& file);

}  // namespace normlab
