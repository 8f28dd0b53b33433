#include <iostream>

#include "framework/support/files.h"
#include "framework/support/shell.h"
#include "lab/compare/side_by_side.h"
#include "lab/run/run_lock.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

struct ReportGiven {
    std::vector<std::string> runs;
    std::string html;
};

// A comparison's folder stands for its runs.
std::vector<fs::path> run_folders(const std::string& given) {
    require_file(given, "folder");
    if (fs::exists(RunFolder{given}.config())) return {given};
    if (!fs::exists(RunFolder{given}.comparison()))
        throw UsageError(given + " is no run's folder: it has no config.json");
    std::vector<fs::path> runs;
    for (const fs::directory_entry& entry : fs::directory_iterator(given))
        if (fs::exists(RunFolder{entry.path()}.config())) runs.push_back(entry.path());
    if (runs.empty()) throw UsageError("no run has begun yet in the comparison's folder " + given);
    std::ranges::sort(runs);
    return runs;
}

fs::path beside(const fs::path& run) {
    return fs::absolute(run / "").lexically_normal().parent_path().parent_path().lexically_proximate(
               fs::current_path()) /
           "side_by_side.html";
}

int report(const ReportGiven& given) {
    std::vector<fs::path> runs;
    for (const std::string& each : given.runs) {
        const std::vector<fs::path> found = run_folders(each);
        runs.insert(runs.end(), found.begin(), found.end());
    }
    if (given.html.empty() && given.runs.size() == 1 && runs.front() == given.runs.front()) {
        rewrite_report(runs.front(), is_locked({runs.front()}));
        std::cout << RunFolder{runs.front()}.report().string() << '\n';
        return 0;
    }
    const fs::path file = given.html.empty() ? beside(runs.front()) : fs::path(given.html);
    std::vector<std::string> again = {"report"};
    again.insert(again.end(), given.runs.begin(), given.runs.end());
    again.insert(again.end(), {"--html", file.string()});
    replace_file(file, side_by_side(read_runs(runs), file, command(again)));
    std::cout << file.string() << '\n';
    return 0;
}

}  // namespace

Work define_report(Arguments& arguments) {
    const auto given = std::make_shared<ReportGiven>();
    arguments.words("RUN", given->runs, "the folders of runs; a comparison's stands for its runs");
    arguments.option("--html", "FILE", given->html,
                     "where the page of several goes (default: side_by_side.html beside the first)");
    arguments.footer(
        "Of one run, report.html is written again; the model is evaluated again. Of\n"
        "several, one page shows the curves over each other, where each run ended, and\n"
        "the keys in which the configs differ.\n\n"
        "examples:\n"
        "  normlab report runs/digits-lenet\n"
        "  normlab report runs/digits-lenet runs/faster --html both.html");
    return [given] { return report(*given); };
}

}  // namespace normlab
