#include "lab/run/run_loop.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "framework/support/files.h"
#include "lab/model/fine_tuning.h"
#include "lab/run/batch_cut.h"
#include "lab/run/class_weights.h"
#include "lab/run/plateau.h"
#include "lab/run/run_changes.h"
#include "lab/run/run_divergence.h"
#include "lab/run/training_loss.h"
#include "lab/text/table.h"
#include "optim/clip.h"

namespace normlab {
namespace {

// Whether the last test is the best.
bool ends_with_best(const std::vector<EpochMetrics>& metrics) {
    return best_of(metrics) == &metrics.back();
}

Score score_of(const Evaluation& evaluation) {
    return {evaluation.loss, evaluation.accuracy};
}

}  // namespace

RunLoop::RunLoop(Model model, const Split& split, const RunFolder& folder, Observer& observer, Collective& ranks)
    : model_(std::move(model)),
      split_(split),
      folder_(folder),
      observer_(observer),
      ranks_(ranks),
      optimizer_(make_optimizer(model_.config.optim, *model_.module)),
      parameters_(parameters(*model_.module)),
      class_weights_(class_weights(model_.config.train, split.train)),
      loader_(split.train, loader_options(model_, ranks)),
      schedule_(model_.config.schedule.of(model_.config.optim.lr, steps_per_epoch(), steps())),
      watcher_(model_.config.watch, folder_, *model_.module, ranks.rank() == 0),
      log_(model_.config.train.log_every, folder_),
      step_sum_(*model_.module, parameters_, ranks) {
    if (options().ema_decay) average_.emplace(*options().ema_decay, model_);
}

std::vector<double> RunLoop::sum_over_ranks(std::vector<double> of_this) const {
    ranks_.sum(of_this);
    return of_this;
}

void RunLoop::begin() {
    if (!writes()) return;
    const double warmup = model_.config.schedule.warmup_epochs * static_cast<double>(steps_per_epoch());
    if (warmup >= static_cast<double>(steps()))
        observer_.message("schedule.warmup_epochs is no shorter than the run: the warm-up ends with the last step");
    folder_.clear();
    replace_file(folder_.config(), to_json(model_.config).dump(2) + "\n");
}

void RunLoop::resume(const Checkpoint& checkpoint) {
    const std::string changed = allowed_changes(completed(checkpoint.config), to_json(model_.config));
    if (!changed.empty()) observer_.message("changed since the run began: " + changed);
    require(checkpoint.train_images == split_.train.size(), "resume", "the run began with ", checkpoint.train_images,
            " training images, now there are ", split_.train.size());
    restore(checkpoint, *model_.module, *optimizer_, averaged());
    position_ = checkpoint.position;
    first_step_ = position_.step;
    watcher_.resume(position_.step);
    if (writes()) {
        adopt(folder_, checkpoint);
        std::filesystem::remove(folder_.diverged());
        log_.resume(position_.step);
        replace_file(folder_.config(), to_json(model_.config).dump(2) + "\n");
        write_results();
    }
    const std::string length = position_.step < steps() ? "train.early_stop"
                               : options().steps        ? "train.steps"
                                                        : "train.epochs";
    if (is_over() && position_.seen == 0)
        return observer_.message("the run in " + folder_.path.string() + " is finished; a larger " + length +
                                 " continues it");
    observer_.message("resumed at step " + std::to_string(position_.step) +
                      (options().steps ? " of " + std::to_string(steps())
                                       : ", in epoch " + std::to_string(position_.epoch + 1) + " of " +
                                             std::to_string(options().epochs)));
}

// A plateau lowers it by what the tests so far say.
double RunLoop::lr(Index step) const {
    const ScheduleConfig& config = model_.config.schedule;
    if (config.type != "plateau") return schedule_.at(step);
    return config.lowered(schedule_.at(step), reductions_on_plateau(position_.metrics, config.patience));
}

// What has been learned since the last test is tested at the end of an epoch, or every few steps, and in the end.
bool RunLoop::is_test_due() const {
    if (position_.seen == 0) return false;
    const bool regularly = options().test_every ? position_.step % *options().test_every == 0 : position_.batch == 0;
    return regularly || position_.step >= steps();
}

// A run that was stopped may have a test to catch up on.
RunResult RunLoop::train(const std::atomic<bool>* stop) {
    for (bool in_epoch = false;;) {
        if (position_.batch == loader_.batches()) ++position_.epoch, position_.batch = 0, in_epoch = false;
        if (is_test_due()) test();
        if (is_over()) {
            if (position_.step < steps())
                observer_.message("stopped early: no better result on the validation images in " +
                                  counted(*options().early_stop, "test"));
            return {true, position_.step, position_.metrics};
        }
        if (!std::exchange(in_epoch, true)) start_epoch();
        const double between = stopwatch_.lap();  // files were written, which is not training
        position_.seconds += between, session_seconds_ += between;
        learn_step();
        observer_.step(progress());
        const bool stopped = sum_over_ranks({stop != nullptr && *stop ? 1.0 : 0.0})[0] > 0;  // all after the same step
        const bool due = options().checkpoint_every && position_.step % *options().checkpoint_every == 0;
        if (stopped || due) write_checkpoint();
        if (stopped) return {false, position_.step, position_.metrics};
    }
}

void RunLoop::start_epoch() {
    model_.module->train();
    if (options().freeze_norm_after && position_.epoch >= *options().freeze_norm_after) freeze_norms(*model_.module);
    loader_.start_epoch(position_.epoch, position_.batch);
}

// One step learns from the mean over the images of several batches: train.accumulate, or what is left of the epoch.
void RunLoop::learn_step() {
    const Index first = position_.batch, last = std::min(first + accumulated(), loader_.batches());
    const Index size = images_at_once(model_.config), images = std::min(last * size, loader_.images()) - first * size;
    optimizer_->set_lr(lr(position_.step));
    step_loss_ = 0;
    tell_progress(*model_.module, static_cast<double>(position_.step) / static_cast<double>(steps()));
    watcher_.begin_step(position_.step + 1);
    for (; position_.batch < last; ++position_.batch) {
        const Batch batch = *loader_.next();
        learn_batch(batch, static_cast<double>(batch.part.total) / static_cast<double>(images),
                    position_.batch + 1 == last);
    }
    step_sum_.add_up();
    if (options().clip_grad_norm) clip_grad_norm(parameters_, *options().clip_grad_norm);
    watcher_.before_update(parameters_);
    optimizer_->step();
    ++position_.step;
    if (average_) average_->follow(position_.step);
    log_.note({position_.step, lr(position_.step - 1), step_loss_});
    watcher_.after_update(position_.epoch + 1, parameters_);
    const double seconds = stopwatch_.lap();
    position_.seconds += seconds, position_.epoch_seconds += seconds, session_seconds_ += seconds;
}

void RunLoop::learn_batch(const Batch& batch, double share, bool last) {
    const auto forward = [&] {
        const Index number = position_.epoch * loader_.batches() + position_.batch;
        seed_training(*model_.module, model_.config.seed, static_cast<std::uint64_t>(number));
        return (*model_.module)(batch.images);
    };
    watcher_.evaluate(batch, options().label_smoothing, class_weights_);
    const BatchPartInUse part(batch.part);
    Tape tape;
    const Var logits = watcher_.forward(forward);
    const Var loss = training_loss(logits, batch, options().label_smoothing, class_weights_);
    const double counts = batch.part.counts ? 1 : 0;
    Index right = 0;
    for (std::size_t n = 0; n < batch.labels.size(); ++n)
        right += likeliest_class(logits.value(), static_cast<Index>(n)) == batch.labels[n];
    const std::vector<double> all =
        sum_over_ranks({counts * double{loss.value().item()}, counts * static_cast<double>(right)});
    if (!std::isfinite(all[0])) diverged("the loss", position_.step, *model_.module, forward);
    watcher_.note_loss(all[0]);
    step_loss_ += share * all[0];
    tape.backward(loss, Tensor::full({}, static_cast<Scalar>(counts * share)), [&](const Gradient& gradient) {
        if (last) step_sum_.complete(gradient);
    });

    position_.seen += batch.part.total;
    position_.loss_sum += all[0] * static_cast<double>(batch.part.total);
    position_.right += static_cast<Index>(all[1]);
}

Evaluation RunLoop::evaluated(const ImageSet& images) {
    const auto evaluated = [&] { return evaluate(shown(), images, kTestBatch, ranks_); };
    Evaluation evaluation = evaluated();
    const char* loss = &images == &split_.validation ? "the validation loss" : "the test loss";
    if (!std::isfinite(evaluation.loss)) diverged(loss, position_.step - 1, *shown().module, evaluated);
    return evaluation;
}

void RunLoop::test() {
    const ImageSet* images = &split_.judging();
    Evaluation evaluation = evaluated(*images);
    const double seen = static_cast<double>(position_.seen);
    EpochMetrics& now =
        position_.metrics.emplace_back(EpochMetrics{.epoch = position_.epoch,
                                                    .step = position_.step,
                                                    .lr = lr(position_.step - 1),
                                                    .train_loss = position_.loss_sum / seen,
                                                    .train_accuracy = static_cast<double>(position_.right) / seen,
                                                    .images_per_s = seen / position_.epoch_seconds});
    (split_.has_validation() ? now.validation : now.test) = score_of(evaluation);
    if (!now.test && is_over() && split_.test.size() > 0) {
        images = &split_.test;
        evaluation = evaluated(*images);
        now.test = score_of(evaluation);
        now.best_test = best_on_test_set();
    }
    const double seconds = stopwatch_.lap();
    position_.seconds += seconds, session_seconds_ += seconds;
    now.seconds = position_.seconds;

    position_.seen = position_.right = 0;
    position_.loss_sum = position_.epoch_seconds = 0;
    write_checkpoint();
    write_results();
    observer_.epoch(now, shown(), *images, evaluation);
}

// What the weights that the validation images chose get on the test set; empty if their file is gone.
std::optional<Score> RunLoop::best_on_test_set() {
    if (ends_with_best(position_.metrics)) return position_.metrics.back().test;
    std::optional<Model> best;
    try {
        best = load_model(folder_.best());
    } catch (const Error& error) {
        observer_.warning(std::string("the best weights are not tested: ") + error.what());
    }
    const double have = sum_over_ranks({best ? 1.0 : 0.0})[0];
    if (have < static_cast<double>(ranks_.size())) return std::nullopt;
    const Score score = score_of(evaluate(*best, split_.test, kTestBatch, ranks_));
    if (std::isfinite(score.loss)) return score;
    observer_.warning("the best weights are not tested: their loss on the test set is not finite");
    return std::nullopt;
}

void RunLoop::write_checkpoint() {
    if (!writes()) return;
    watcher_.write(), log_.write();  // first: a resumed run takes up the looks and lines up to its checkpoint
    normlab::write_checkpoint(folder_, to_json(model_.config), split_.train.size(), position_, *model_.module,
                              *optimizer_, averaged());
}

// What follows from a checkpoint, written after it: if the run is killed in between, it is written when the run
// resumes.
void RunLoop::write_results() const {
    if (!writes()) return;
    replace_file(folder_.metrics(), metrics_text(position_.metrics));
    replace_file(folder_.metrics_table(), metrics_csv(position_.metrics));
    if (position_.seen > 0 || position_.metrics.empty()) return;  // the model is that of the last test
    if (ends_with_best(position_.metrics)) save_model(folder_.best(), shown());
    save_model(folder_.model(), shown());
}

Progress RunLoop::progress() const {
    const Index done = position_.step - first_step_;
    const double seen = static_cast<double>(position_.seen);
    Progress progress{
        .step = position_.step,
        .steps = steps(),
        .loss = position_.loss_sum / seen,
        .accuracy = static_cast<double>(position_.right) / seen,
        .images_per_s = seen / position_.epoch_seconds,
        .seconds_left = session_seconds_ / static_cast<double>(done) * static_cast<double>(steps() - position_.step)};
    if (options().steps) return progress;
    progress.epoch = position_.epoch + 1, progress.epochs = options().epochs;
    progress.step -= position_.epoch * steps_per_epoch(), progress.steps = steps_per_epoch();
    return progress;
}

void RunLoop::diverged(const std::string& what, Index step, Module& module, const std::function<void()>& again) {
    const std::string layer = first_not_finite(module, again);
    std::ostringstream text;
    text << "[run] " << what << " is not finite in step " << step + 1 << " (epoch " << step / steps_per_epoch() + 1
         << ", learning rate " << lr(step) << "); "
         << (layer.empty() ? ranks_.size() == 1 ? "the outputs of all layers are finite"
                                                : "for the first rank's images the outputs of all layers are finite"
                           : "the first layer whose output is not finite is " + layer)
         << ". A lower optim.lr, schedule.warmup_epochs or train.clip_grad_norm may help";
    if (writes()) watcher_.write(), log_.write();
    throw Diverged(text.str(), step + 1);
}

}  // namespace normlab
