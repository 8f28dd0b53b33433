#include <unistd.h>

#include <iostream>

#include "lab/compare/live_table.h"
#include "lab/compare/run_comparison.h"
#include "lab/compare/tuning_text.h"
#include "lab/compare/verdict.h"
#include "lab/run/ranks.h"
#include "lab/run/stop_request.h"
#include "lab/text/table.h"
#include "lab/verbs/run_index.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct CompareGiven {
    std::string config, out;
    std::vector<std::string> overrides;
    Index threads = 0;  // 0: what the config says
    Index jobs = 1;
    bool quiet = false;
};

Comparison compare_shown(const Sweep& sweep, const ComparisonOptions& options) {
    LiveTable table(std::cout, STDOUT_FILENO);
    return run_comparison(sweep, options, table);
}

Comparison compare_silently(const Sweep& sweep, const ComparisonOptions& options) {
    ComparisonObserver silence;
    return run_comparison(sweep, options, silence);
}

void tell_what_came_of_it(const Comparison& comparison) {
    const Results results = arranged(comparison);
    if (comparison.tuning) {
        std::cout << "\nTuned on the validation images, with seed " << comparison.tuning->seed << ":\n\n"
                  << tuning_table(comparison, results).text(kLineWidth);
        const std::vector<std::string> remarks = tuning_remarks(comparison, results);
        if (!remarks.empty()) std::cout << '\n';
        for (const std::string& remark : remarks) std::cout << paragraph(remark);
    }
    std::cout << '\n' << result_table(results).text(kLineWidth) << '\n';
    for (const std::string& sentence : verdict(results)) std::cout << paragraph(sentence);
    std::cout << "\n  report   " << (comparison.folder / "report.html").string() << "\n  results  "
              << (comparison.folder / "results.csv").string() << '\n';
}

int compare(const CompareGiven& given) {
    const Sweep sweep = load_sweep(config_named(given.config), given.overrides);
    const StopRequest stop;
    ComparisonOptions options{
        .out = folder_of(given.out, sweep.name), .stop = &StopRequest::asked(), .jobs = given.jobs};
    if (given.threads > 0) options.threads = given.threads;
    const bool first = ranks().rank() == 0, silent = given.quiet || !first;
    const Comparison comparison = (silent ? compare_silently : compare_shown)(sweep, options);
    if (first) refresh_run_index(comparison.folder);
    if (comparison.stopped && !first) return 1;
    if (comparison.stopped) {
        const auto& tuning = comparison.tuning;
        std::cerr << "normlab: stopped after " << comparison.ended() + (tuning ? tuning->ended() : 0) << " of "
                  << comparison.runs.size() + (tuning ? tuning->runs() : 0) << " runs; the same command continues\n";
        return 1;
    }
    if (!silent) tell_what_came_of_it(comparison);
    return 0;
}

}  // namespace

Work define_compare(Arguments& arguments) {
    const auto given = std::make_shared<CompareGiven>();
    arguments.word("CONFIG", given->config, "a JSON file that names a base config, and what is to be compared");
    arguments.options("--set", "KEY=VALUE", given->overrides,
                      "another value for a key of every run's config; can be given again");
    arguments.option("--out", "DIR", given->out, "the comparison's folder (default: runs/ and the config's name)");
    arguments.number("--jobs", given->jobs, 1, "runs at a time, each with its share of the threads (default: 1)");
    arguments.threads(given->threads);
    arguments.flag("--quiet", given->quiet, "show nothing but errors");
    arguments.footer(
        "A run that has ended is never run again: after Ctrl-C, or anything worse, the\n"
        "same command continues. Given several times at once, on this machine or on\n"
        "others that see the folder, it shares the runs. A config with \"tune\" chooses\n"
        "values for each variant first; docs/comparing.md tells of it.\n\n"
        "examples:\n"
        "  normlab compare configs/compare_digits.json --jobs 2\n"
        "  normlab compare configs/compare_digits_tuned.json");
    return [given] { return compare(*given); };
}

}  // namespace normlab
