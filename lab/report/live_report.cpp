#include "lab/report/live_report.h"

#include <utility>

#include "framework/support/files.h"
#include "lab/run/run_folder.h"

namespace normlab {

void LiveReport::try_to(const std::function<void()>& report) {
    std::string trouble;
    try {
        report();
    } catch (const Error& error) {
        trouble = error.what();
    } catch (const std::filesystem::filesystem_error& error) {
        trouble = error.what();
    }
    if (!trouble.empty() && trouble != warned_) next_.warning("the report is not up to date: " + trouble);
    warned_ = trouble;
}

void LiveReport::write() {
    last_->progress = progress_;
    write_report(file(), *last_);
    written_ = Clock::now();
}

void LiveReport::step(const Progress& progress) {
    const bool first = !std::exchange(progress_, progress);
    if (first || Clock::now() - written_ >= patience_)
        try_to([&] {
            if (!last_) {
                last_ = gather_report(run_, config_, read_metrics(run_), {RunState::Kind::running});
                last_->environment = environment();
            }
            write();
        });
    next_.step(progress);
}

void LiveReport::epoch(const EpochMetrics& metrics, const Model& model, const ImageSet& images,
                       const Evaluation& evaluation) {
    try_to([&] {
        last_ = gather_report(run_, model, images, evaluation, read_metrics(run_), {RunState::Kind::running});
        write();
    });
    next_.epoch(metrics, model, images, evaluation);
}

void LiveReport::end(const RunState& state) {
    try_to([&] {
        if (state.kind == RunState::Kind::diverged) replace_file(RunFolder{run_}.diverged(), state.text);
        if (!progress_ && state.kind == RunState::Kind::finished)
            return rewrite_report(run_);  // nothing was left to train
        if (!last_) last_ = gather_report(run_, config_, read_metrics(run_), state);
        last_->state = state;
        last_->looks = read_looks(run_);
        write();
    });
}

}  // namespace normlab
