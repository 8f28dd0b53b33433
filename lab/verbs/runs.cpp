#include <iostream>

#include "framework/support/files.h"
#include "lab/compare/run_list.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct RunsGiven {
    std::string folder = "runs", html;
    bool json = false;
};

int show_runs(const RunsGiven& given) {
    require_file(given.folder, "folder");
    const std::vector<ListedRun> runs = list_runs(given.folder);
    if (!given.html.empty()) replace_file(given.html, runs_page(runs, given.html));
    std::cout << (given.json ? to_json(runs).dump() + "\n" : to_text(runs));
    return 0;
}

}  // namespace

Work define_runs(Arguments& arguments) {
    const auto given = std::make_shared<RunsGiven>();
    arguments.optional_word("DIR", given->folder, "where they lie, at any depth (default: runs)");
    arguments.flag("--json", given->json, "one JSON object");
    arguments.option("--html", "FILE", given->html, "write a page as well, with links to the reports");
    arguments.footer(
        "train and compare keep a page of runs/: runs/index.html.\n\n"
        "example:\n  normlab runs other --html other/index.html");
    return [given] { return show_runs(*given); };
}

}  // namespace normlab
