#include <unistd.h>

#include <iostream>

#include "framework/support/shell.h"
#include "lab/report/live_report.h"
#include "lab/run/progress.h"
#include "lab/run/ranks.h"
#include "lab/run/stop_request.h"
#include "lab/text/table.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

struct TrainGiven {
    std::string config, out;
    std::vector<std::string> overrides;
    Index threads = 0;  // 0: what the config says
    bool resume = false, quiet = false;
};

// A resumed run needs no config: its folder has one.
Config config_of(const TrainGiven& given) {
    if (!given.config.empty()) {
        require_file(given.config, "config");
        return load_config(given.config, given.overrides);
    }
    Json defaults = Json::object();
    for (const std::string& assignment : given.overrides) override_config(defaults, assignment);
    const Config config = parse_config(defaults);
    const fs::path in_run = folder_of(given.out, config.name) / "config.json";
    if (given.resume && fs::exists(in_run)) return load_config(in_run, given.overrides);
    if (given.resume && !given.out.empty())
        throw UsageError("there is no run to resume in " + given.out + ": it has no config.json");
    return config;
}

void tell_how_to_go_on(const fs::path& out, Index step) {
    std::cerr << "normlab: stopped after step " << step
              << "; to resume: " << command({"train", "--resume", "--out", out.string()}) << '\n';
}

void tell_what_came_of_it(const fs::path& out, const RunResult& result) {
    const EpochMetrics& last = result.metrics.back();
    const bool by_epoch = are_of_epochs(result.metrics);
    const auto place = [&](const EpochMetrics& m) {
        return by_epoch ? counted(m.epoch, "epoch") : counted(m.step, "step");
    };
    const EpochMetrics& best = *best_of(result.metrics);
    const bool was_better = best.judged().accuracy > last.judged().accuracy;
    std::cout << (last.validation ? "\nvalidation" : "\ntest") << " accuracy " << percent(last.judged().accuracy)
              << " after " << place(last) << ", " << duration(last.seconds);
    if (was_better)
        std::cout << " (best: " << percent(best.judged().accuracy) << " after " << (by_epoch ? best.epoch : best.step)
                  << ")";
    if (last.validation && last.test) std::cout << "\ntest accuracy " << percent(last.test->accuracy);
    if (was_better && last.best_test)
        std::cout << " (with the best weights: " << percent(last.best_test->accuracy) << ")";
    std::cout << "\n  report  " << (out / "report.html").string() << "\n  model   "
              << (out / "model.safetensors").string() << '\n';
}

RunResult run_reported(const Config& config, RunOptions options, Observer& observer) {
    const StopRequest stop;
    options.stop = &StopRequest::asked();
    if (options.ranks->rank() > 0) return run_training(config, options, observer);
    LiveReport report(options.out, config, observer);
    try {
        const RunResult result = run_training(config, options, report);
        report.end({result.finished ? RunState::Kind::finished : RunState::Kind::stopped});
        return result;
    } catch (const Diverged& error) {
        report.end({RunState::Kind::diverged, error.what()});
        throw;
    }
}

RunResult train_shown(const Config& config, const RunOptions& options) {
    TrainingDisplay display(std::cout, STDOUT_FILENO, config.train);
    return run_reported(config, options, display);
}

RunResult train_silently(const Config& config, const RunOptions& options) {
    Observer silence;
    return run_reported(config, options, silence);
}

int train(const TrainGiven& given) {
    Config config = config_of(given);
    if (given.threads > 0) config.train.threads = given.threads;
    const fs::path out = folder_of(given.out, config.name);
    const bool first = ranks().rank() == 0, silent = given.quiet || !first;
    const auto run = silent ? train_silently : train_shown;
    const RunResult result = run(config, {.out = out, .resume = given.resume, .ranks = &ranks()});
    if (!result.finished && first) tell_how_to_go_on(out, result.step);
    if (!result.finished) return 1;
    if (!silent) tell_what_came_of_it(out, result);
    return 0;
}

}  // namespace

Work define_train(Arguments& arguments) {
    const auto given = std::make_shared<TrainGiven>();
    arguments.optional_word("CONFIG", given->config,
                            "a JSON file; without one a small net learns to read digits that the program draws itself");
    arguments.options("--set", "KEY=VALUE", given->overrides,
                      "another value for a key of the config; can be given again");
    arguments.option("--out", "DIR", given->out, "the run's folder (default: runs/ and the config's name)");
    arguments.threads(given->threads);
    arguments.flag("--resume", given->resume, "resume the run in that folder, bit for bit as if it had never stopped");
    arguments.flag("--quiet", given->quiet, "show nothing but errors");
    arguments.footer(
        "Ctrl-C finishes the step, writes a checkpoint and says how to resume; the exit\n"
        "status is 1 then. Several processes share each batch of a run that mpirun\n"
        "starts; docs/scaling.md tells of it.\n\n"
        "examples:\n"
        "  normlab train\n"
        "  normlab train configs/mnist.json --set optim.lr=0.1 --out runs/faster\n"
        "  mpirun -n 4 normlab train configs/cifar10_resnet20.json");
    return [given] { return train(*given); };
}

}  // namespace normlab
