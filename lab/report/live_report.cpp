#include "lab/report/live_report.h"

#include "framework/support/files.h"
#include "lab/run/run_folder.h"

namespace normlab {

void LiveReport::write(Report report) {
    last_ = std::move(report);
    write_report(file(), *last_);
}

void LiveReport::step(const Progress& progress) {
    if (!last_) write(gather_report(run_, config_, read_metrics(run_), {RunState::Kind::running}));
    next_.step(progress);
}

void LiveReport::epoch(const EpochMetrics& metrics, const Model& model, const Split& split,
                       const Evaluation& evaluation) {
    write(gather_report(run_, model, split, evaluation, read_metrics(run_), {RunState::Kind::running}));
    next_.epoch(metrics, model, split, evaluation);
}

void LiveReport::end(const RunState& state) {
    if (!last_ && state.kind == RunState::Kind::finished) return rewrite_report(run_);  // nothing was left to train
    if (!last_) last_ = gather_report(run_, config_, read_metrics(run_), state);
    last_->state = state;
    last_->looks = read_looks(run_);
    if (state.kind == RunState::Kind::diverged) replace_file(RunFolder{run_}.diverged(), state.text);
    write(*std::move(last_));
}

}  // namespace normlab
