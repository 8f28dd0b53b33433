#include <unistd.h>

#include <iostream>

#include "framework/support/shell.h"
#include "lab/report/live_report.h"
#include "lab/run/former_run.h"
#include "lab/run/progress.h"
#include "lab/run/ranks.h"
#include "lab/run/stop_request.h"
#include "lab/text/table.h"
#include "lab/verbs/run_index.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

struct TrainGiven {
    std::string config, out;
    std::vector<std::string> overrides;
    Index threads = 0;  // 0: what the config says
    bool resume = false, overwrite = false, quiet = false;
};

// Where the run goes if --out does not say it: a finished run stays, and the next one takes the first of runs/NAME,
// runs/NAME-2, ... that holds none. The last that is there is the one to resume.
fs::path numbered(const std::string& name, bool to_resume) {
    fs::path last = folder_of("", name);
    for (int number = 2;; ++number) {
        const fs::path next = folder_of("", name + "-" + std::to_string(number));
        const bool goes_on = to_resume ? fs::exists(next) : former_run({last}).value_or(FormerRun{}).finished;
        if (!goes_on) return last;
        last = next;
    }
}

fs::path chosen_folder(const TrainGiven& given, const std::string& name) {
    return given.out.empty() && !given.overwrite ? numbered(name, given.resume) : folder_of(given.out, name);
}

// A resumed run needs no config: its folder has one.
Config config_of(const TrainGiven& given) {
    if (!given.config.empty()) return load_config(config_named(given.config), given.overrides);
    const Config config = default_config(given.overrides);
    const fs::path in_run = chosen_folder(given, config.name) / "config.json";
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
    const auto end = [&](const RunState& state) {
        report.end(state);
        refresh_run_index(options.out);
    };
    try {
        const RunResult result = run_training(config, options, report);
        end({result.finished ? RunState::Kind::finished : RunState::Kind::stopped});
        return result;
    } catch (const Diverged& error) {
        end({RunState::Kind::diverged, error.what()});
        throw;
    } catch (const Error&) {
        try {
            end({RunState::Kind::stopped});
        } catch (const Error&) {  // the disk that failed the run may fail its page, too
        }
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
    if (given.resume && given.overwrite) throw UsageError("train: --resume and --overwrite exclude each other");
    Config config = config_of(given);
    if (given.threads > 0) config.train.threads = given.threads;
    const fs::path out = chosen_folder(given, config.name);
    const fs::path usual = folder_of(given.out, config.name);
    const bool first = ranks().rank() == 0, silent = given.quiet || !first;
    if (out != usual && !silent)
        std::cout << (given.resume ? "resuming " + out.string()
                                   : usual.string() + " holds a finished run: this one goes to " + out.string())
                  << std::endl;
    const auto run = silent ? train_silently : train_shown;
    const RunOptions options{.out = out, .resume = given.resume, .overwrite = given.overwrite, .ranks = &ranks()};
    const RunResult result = run(config, options);
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
    arguments.overrides(given->overrides);
    arguments.option("--out", "DIR", given->out,
                     "the run's folder (default: runs/ and the config's name, with a number where a finished run is)");
    arguments.threads(given->threads);
    arguments.flag("--resume", given->resume, "resume the run in that folder, bit for bit as if it had never stopped");
    arguments.flag("--overwrite", given->overwrite, "replace the run in that folder");
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
