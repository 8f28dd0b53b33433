#include "lab/report.h"

#include <iostream>

#include "lab/run_lock.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

int rewrite(const std::vector<std::string>& runs) {
    for (const std::string& run : runs) {
        require_file(run, "folder");
        if (fs::exists(fs::path(run) / "comparison.json"))
            throw UsageError(run + " is a comparison's folder: normlab compare writes its report again");
        if (!fs::exists(fs::path(run) / "config.json"))
            throw UsageError(run + " is no run's folder: it has no config.json");
    }
    for (const std::string& run : runs) {
        if (const RunLock lock({run}); lock.held())
            rewrite_report(run);
        else
            std::cerr << run << " is being trained: its report is written after every epoch\n";
        std::cout << (fs::path(run) / "report.html").string() << '\n';
    }
    return 0;
}

}  // namespace

Work define_report(Arguments& arguments) {
    const auto runs = std::make_shared<std::vector<std::string>>();
    arguments.words("RUN", *runs, "the folders of runs; the model is evaluated again");
    arguments.footer("example:\n  normlab report runs/digits-lenet");
    return [runs] { return rewrite(*runs); };
}

}  // namespace normlab
