#include "lab/compare/run_all.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <utility>

#include "framework/support/files.h"
#include "framework/support/pool.h"
#include "framework/support/threads.h"
#include "framework/support/words.h"
#include "lab/compare/comparison_page.h"
#include "lab/compare/result_files.h"
#include "lab/compare/workers.h"
#include "lab/report/live_report.h"
#include "lab/run/run_folder.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

// Passes on what a run reports, and keeps the comparison's page up to date while the run trains.
class RunObserver : public Observer {
  public:
    RunObserver(Comparison& comparison, std::size_t run, ComparisonObserver& next)
        : comparison_(comparison), run_(run), next_(next) {}

    void warning(const std::string& text) override { next_.warning(text); }
    void step(const Progress& progress) override { next_.step(comparison_, run_, progress); }
    void epoch(const EpochMetrics&, const Model&, const ImageSet&, const Evaluation&) override { tested(); }
    void tested() {
        comparison_.runs[run_].metrics = read_metrics(comparison_.folder / comparison_.runs[run_].folder);
        if (Clock::now() - written_ > std::chrono::seconds(2)) {
            write_page(comparison_);  // trouble is reported when the run has ended
            written_ = Clock::now();
        }
        next_.epoch(comparison_, run_);
    }

  private:
    using Clock = std::chrono::steady_clock;
    Comparison& comparison_;
    std::size_t run_;
    ComparisonObserver& next_;
    Clock::time_point written_ = Clock::now();
};

class Session {
  public:
    Session(Comparison& comparison, const std::vector<std::size_t>& order, const ImagesOf& images,
            const ComparisonOptions& options, ComparisonObserver& observer);
    void run();

  private:
    bool is_ours(std::size_t run) const { return ours_.contains(run); }
    bool is_stop_asked() const { return stop_ != nullptr && *stop_; }
    bool has_ended(std::size_t run) const { return comparison_.runs[run].ended(); }
    bool anything_left() const;
    fs::path folder_of(std::size_t run) const { return comparison_.folder / comparison_.runs[run].folder; }

    bool begin_one();
    bool begin(std::size_t run);
    void train(std::size_t run, std::unique_ptr<RunLock> lock, const std::atomic<bool>* stop, Observer& observer) const;
    void listen();
    void end(std::size_t run, const std::string& trouble);
    void lose(std::size_t run, const std::string& why);
    bool hear_of_others();
    void write_results();
    void tell_of_waiting();

    Comparison& comparison_;
    const std::vector<std::size_t>& order_;
    const ImagesOf& images_;
    ComparisonObserver& observer_;
    const std::atomic<bool>* stop_;
    std::size_t jobs_;
    std::optional<Index> threads_;             // of a run
    std::map<std::size_t, RunObserver> ours_;  // runs that train here or in a worker
    std::map<std::size_t, std::string> lost_;  // and those that failed, and why: they do not begin again
    bool failed_ = false, waiting_ = false;
    Workers workers_;  // last, so that it ends first
};

Session::Session(Comparison& comparison, const std::vector<std::size_t>& order, const ImagesOf& images,
                 const ComparisonOptions& options, ComparisonObserver& observer)
    : comparison_(comparison),
      order_(order),
      images_(images),
      observer_(observer),
      stop_(options.stop),
      threads_(options.threads) {
    const auto left = std::ranges::count_if(order, [&](std::size_t run) { return !has_ended(run); });
    jobs_ = static_cast<std::size_t>(std::clamp<Index>(options.jobs, 1, std::max<Index>(1, left)));
    comparison_.at_once = jobs_;
    if (options.jobs > 1)
        threads_ = std::max<Index>(1, options.threads.value_or(threads()) / static_cast<Index>(jobs_));
}

void Session::run() {
    while (!std::ranges::all_of(order_, [&](std::size_t run) { return has_ended(run); })) {
        if (is_stop_asked() && !std::exchange(comparison_.stopped, true)) workers_.stop();
        const bool begins = !comparison_.stopped && !failed_;
        if (begins && workers_.count() < jobs_ && begin_one()) continue;
        if (workers_.count() == 0 && !(begins && anything_left())) break;
        if (workers_.count() == 0) tell_of_waiting();
        listen();
    }
    std::erase_if(lost_, [&](const auto& each) { return has_ended(each.first); });  // elsewhere
    if (lost_.empty() && !comparison_.stopped) return;
    const bool stopped = std::exchange(comparison_.stopped, true);
    write_page(comparison_);
    comparison_.stopped = stopped;
    std::vector<std::string> all;
    for (const auto& [run, why] : lost_) all.push_back(comparison_.runs[run].folder + ": " + why);
    require(stopped, "compare", some_of(all, 3), "; the same command continues");
}

bool Session::anything_left() const {
    return std::ranges::any_of(order_, [&](std::size_t run) { return !has_ended(run) && !lost_.contains(run); });
}

// The first run that is left and that no other process has; false if there is none.
bool Session::begin_one() {
    return std::ranges::any_of(order_, [&](std::size_t run) {
        return !has_ended(run) && !is_ours(run) && !lost_.contains(run) && begin(run);
    });
}

// False if another process has it.
bool Session::begin(std::size_t i) {
    ComparedRun& run = comparison_.runs[i];
    auto lock = std::make_unique<RunLock>(RunFolder{folder_of(i)});
    run.running = true;
    read_run(run, folder_of(i));
    if (run.ended()) {  // elsewhere, since it was looked at
        end(i, "");
        return true;
    }
    if (!lock->held()) return false;
    RunObserver& listener = ours_.try_emplace(i, comparison_, i, observer_).first->second;
    if (jobs_ == 1) {
        std::string trouble;
        try {
            train(i, std::move(lock), stop_, listener);
        } catch (const Error& error) {
            trouble = error.what(), failed_ = true;
        }
        end(i, trouble);
        release_pool();
    } else {
        workers_.start(
            i, [&](const std::atomic<bool>& stop, Observer& teller) { train(i, std::move(lock), &stop, teller); });
        lock->leave();
    }
    return true;
}

// Leaves its outcome, unless it was stopped.
void Session::train(std::size_t i, std::unique_ptr<RunLock> lock, const std::atomic<bool>* stop,
                    Observer& observer) const {
    const fs::path folder = folder_of(i);
    const Config& config = comparison_.sweep.runs[i].config;
    LiveReport report(folder, config, observer);
    std::optional<Outcome> outcome;
    try {
        const RunResult result = run_training(
            config, images_(config),
            {.out = folder, .resume = true, .stop = stop, .lock = lock.get(), .threads = threads_}, report);
        report.end({result.finished ? RunState::Kind::finished : RunState::Kind::stopped});
        if (result.finished) outcome = outcome_of(config, result.step);
    } catch (const Diverged& error) {
        report.end({RunState::Kind::diverged, error.what()});
        outcome = outcome_of(config, error);
    }
    if (!outcome) return;
    outcome->epochs = static_cast<Index>(read_metrics(folder).size());
    write_outcome(folder, *outcome);
}

void Session::listen() {
    for (const News& news : workers_.listen()) {
        RunObserver& listener = ours_.at(news.run);
        switch (news.kind) {
            case News::Kind::step: listener.step(news.progress); break;
            case News::Kind::tested: listener.tested(); break;
            case News::Kind::warning: listener.warning(news.text); break;
            case News::Kind::failed:
                failed_ = true;
                lose(news.run, news.text);
                break;
            case News::Kind::ended: end(news.run, news.text); break;
        }
    }
}

void Session::end(std::size_t i, const std::string& trouble) {
    ComparedRun& run = comparison_.runs[i];
    ours_.erase(i);
    run.running = false;
    read_run(run, folder_of(i));
    if (run.ended()) {
        observer_.ended(comparison_, i);
        write_results();
    } else if (!trouble.empty() || !is_stop_asked()) {
        lose(i, trouble.empty() ? "it was stopped" : trouble);
    }
}

void Session::lose(std::size_t run, const std::string& why) {
    if (lost_.emplace(run, why).second) observer_.warning(comparison_.runs[run].folder + ": " + why);
}

// Another process may have written less than is known here, or a run of its own has ended meanwhile.
void Session::write_results() {
    do write_all(comparison_, observer_);
    while (hear_of_others());
}

bool Session::hear_of_others() {
    bool any = false;
    for (std::size_t i = 0; i < comparison_.runs.size(); ++i) {
        ComparedRun& run = comparison_.runs[i];
        if (run.ended() || is_ours(i)) continue;
        read_run(run, folder_of(i));
        run.running = !run.ended() && is_locked({folder_of(i)});
        if (!run.ended()) continue;
        any = true;
        observer_.ended(comparison_, i);
    }
    return any;
}

void Session::tell_of_waiting() {
    if (std::exchange(waiting_, true)) return;
    const auto others = std::ranges::count_if(comparison_.runs, &ComparedRun::running);
    observer_.message("waiting for " + counted(others, "run") + " of other processes");
}

}  // namespace

std::string read_run(ComparedRun& run, const fs::path& folder) {
    run.outcome.reset();
    const std::optional<Outcome> outcome = read_outcome(folder);
    try {
        run.metrics = read_metrics(folder);
    } catch (const Error& error) {
        return error.what();
    }
    if (outcome && !are_whole(run.metrics, *outcome))
        return RunFolder{folder}.metrics().string() + " does not hold all tests of the run";
    run.outcome = outcome;
    return "";
}

std::string write_page(const Comparison& comparison) {
    try {
        replace_file(comparison.folder / "report.html", to_html(comparison));
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

void write_all(const Comparison& comparison, ComparisonObserver& observer) {
    replace_file(comparison.folder / "results.csv", results_csv(comparison));
    replace_file(comparison.folder / "summary.json", summary_json(comparison).dump(2) + "\n");
    const std::string trouble = write_page(comparison);
    if (!trouble.empty()) observer.warning("the report is not up to date: " + trouble);
}

void run_all(Comparison& comparison, const std::vector<std::size_t>& order, const ImagesOf& images,
             const ComparisonOptions& options, ComparisonObserver& observer) {
    Session(comparison, order, images, options, observer).run();
}

}  // namespace normlab
