#include "lab/report/report.h"

#include <iostream>

#include "lab/run/run_lock.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

int rewrite(const std::vector<std::string>& runs) {
    for (const std::string& run : runs) {
        require_file(run, "folder");
        if (fs::exists(RunFolder{run}.comparison()))
            throw UsageError(run + " is a comparison's folder: normlab compare writes its report again");
        if (!fs::exists(RunFolder{run}.config())) throw UsageError(run + " is no run's folder: it has no config.json");
    }
    for (const std::string& run : runs) {
        const bool running = !RunLock({run}).held();  // let go of at once: whoever trains comes first
        rewrite_report(run, running);
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
