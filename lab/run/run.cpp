#include "lab/run/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "datasets/loader.h"
#include "framework/support/files.h"
#include "framework/support/threads.h"
#include "lab/model/fine_tuning.h"
#include "lab/run/checkpoint.h"
#include "lab/run/class_weights.h"
#include "lab/run/former_run.h"
#include "lab/run/plateau.h"
#include "lab/run/run_changes.h"
#include "lab/run/run_divergence.h"
#include "lab/run/run_end.h"
#include "lab/run/run_optimizer.h"
#include "lab/run/step_log.h"
#include "lab/run/watcher.h"
#include "lab/run/weight_average.h"
#include "lab/text/table.h"
#include "optim/clip.h"

namespace normlab {
namespace {

class Stopwatch {
  public:
    // Seconds since the last lap.
    double lap() {
        const auto now = Clock::now();
        return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
    }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point last_ = Clock::now();
};

// Whether the last test is the best.
bool ends_with_best(const std::vector<EpochMetrics>& metrics) {
    return best_of(metrics) == &metrics.back();
}

Score score_of(const Evaluation& evaluation) {
    return {evaluation.loss, evaluation.accuracy};
}

LoaderOptions loader_options(const Model& model) {
    const Config& c = model.config;
    return {.batch_size = c.data.batch_size,
            .shuffle = c.data.shuffle,
            .drop_last = c.data.drop_last,
            .seed = c.seed,
            .scale = model.scale,
            .augmentations = c.data.augment};
}

class Run {
  public:
    Run(Model model, const Split& split, const RunFolder& folder, Observer& observer);

    void begin();
    void resume(const Checkpoint& checkpoint);
    RunResult train(const std::atomic<bool>* stop);

  private:
    const TrainConfig& options() const { return model_.config.train; }
    Index steps_per_epoch() const { return (loader_.batches() + options().accumulate - 1) / options().accumulate; }
    Index steps() const { return options().steps.value_or(options().epochs * steps_per_epoch()); }
    bool is_test_due() const;
    bool is_over() const { return normlab::is_over(options(), position_.epoch, position_.step, position_.metrics); }
    double lr(Index step) const;
    // What is tested and saved: the model that learns, or the average of its weights.
    const Model& shown() const { return average_ ? average_->model() : model_; }
    Module* averaged() const { return average_ ? average_->model().module.get() : nullptr; }

    void start_epoch();
    void learn_step();
    void learn_batch(const Batch& batch, double share);
    Evaluation evaluated(const ImageSet& images);
    void test();
    std::optional<Score> best_on_test_set();
    void write_checkpoint();
    void write_results() const;
    Progress progress() const;
    [[noreturn]] void diverged(const std::string& what, Index step, Module& module, const std::function<void()>& again);

    Model model_;
    std::optional<WeightAverage> average_;
    const Split& split_;
    RunFolder folder_;
    Observer& observer_;
    std::unique_ptr<Optimizer> optimizer_;
    std::vector<NamedParameter> parameters_;
    std::vector<double> class_weights_;
    Loader loader_;
    Schedule schedule_;
    Watcher watcher_;
    StepLog log_;
    double step_loss_ = 0;
    Position position_;
    Stopwatch stopwatch_;
    Index first_step_ = 0;  // of this session, and its seconds
    double session_seconds_ = 0;
};

Run::Run(Model model, const Split& split, const RunFolder& folder, Observer& observer)
    : model_(std::move(model)),
      split_(split),
      folder_(folder),
      observer_(observer),
      optimizer_(make_optimizer(model_.config.optim, *model_.module)),
      parameters_(parameters(*model_.module)),
      class_weights_(class_weights(model_.config.train, split.train)),
      loader_(split.train, loader_options(model_)),
      schedule_(model_.config.schedule.of(model_.config.optim.lr, steps_per_epoch(), steps())),
      watcher_(model_.config.watch, folder_, *model_.module),
      log_(model_.config.train.log_every, folder_) {
    if (options().ema_decay) average_.emplace(*options().ema_decay, model_);
}

void Run::begin() {
    const double warmup = model_.config.schedule.warmup_epochs * static_cast<double>(steps_per_epoch());
    if (warmup >= static_cast<double>(steps()))
        observer_.message("schedule.warmup_epochs is no shorter than the run: the warm-up ends with the last step");
    folder_.clear();
    replace_file(folder_.config(), to_json(model_.config).dump(2) + "\n");
}

void Run::resume(const Checkpoint& checkpoint) {
    const std::string changed = allowed_changes(completed(checkpoint.config), to_json(model_.config));
    if (!changed.empty()) observer_.message("changed since the run began: " + changed);
    require(checkpoint.train_images == split_.train.size(), "resume", "the run began with ", checkpoint.train_images,
            " training images, now there are ", split_.train.size());
    restore(checkpoint, *model_.module, *optimizer_, averaged());
    position_ = checkpoint.position;
    first_step_ = position_.step;
    adopt(folder_, checkpoint);
    std::filesystem::remove(folder_.diverged());
    watcher_.resume(position_.step);
    log_.resume(position_.step);
    replace_file(folder_.config(), to_json(model_.config).dump(2) + "\n");
    write_results();
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
double Run::lr(Index step) const {
    const ScheduleConfig& config = model_.config.schedule;
    if (config.type != "plateau") return schedule_.at(step);
    return config.lowered(schedule_.at(step), reductions_on_plateau(position_.metrics, config.patience));
}

// What has been learned since the last test is tested at the end of an epoch, or every few steps, and in the end.
bool Run::is_test_due() const {
    if (position_.seen == 0) return false;
    const bool regularly = options().test_every ? position_.step % *options().test_every == 0 : position_.batch == 0;
    return regularly || position_.step >= steps();
}

// A run that was stopped may have a test to catch up on.
RunResult Run::train(const std::atomic<bool>* stop) {
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
        learn_step();
        observer_.step(progress());
        const bool stopped = stop != nullptr && *stop;
        const bool due = options().checkpoint_every && position_.step % *options().checkpoint_every == 0;
        if (stopped || due) write_checkpoint();
        if (stopped) return {false, position_.step, position_.metrics};
    }
}

void Run::start_epoch() {
    model_.module->train();
    if (options().freeze_norm_after && position_.epoch >= *options().freeze_norm_after) freeze_norms(*model_.module);
    loader_.start_epoch(position_.epoch, position_.batch);
}

// One step learns from the mean over the images of several batches: train.accumulate, or what is left of the epoch.
void Run::learn_step() {
    const Index first = position_.batch, last = std::min(first + options().accumulate, loader_.batches());
    const Index size = model_.config.data.batch_size, images = std::min(last * size, loader_.images()) - first * size;
    optimizer_->set_lr(lr(position_.step));
    step_loss_ = 0;
    tell_progress(*model_.module, static_cast<double>(position_.step) / static_cast<double>(steps()));
    watcher_.begin_step(position_.step + 1);
    for (; position_.batch < last; ++position_.batch) {
        const Batch batch = *loader_.next();
        learn_batch(batch, static_cast<double>(batch.labels.size()) / static_cast<double>(images));
    }
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

void Run::learn_batch(const Batch& batch, double share) {
    const auto forward = [&] {
        const Index number = position_.epoch * loader_.batches() + position_.batch;
        seed_training(*model_.module, model_.config.seed, static_cast<std::uint64_t>(number));
        return (*model_.module)(batch.images);
    };
    watcher_.evaluate(batch, options().label_smoothing, class_weights_);
    Tape tape;
    const Var logits = watcher_.forward(forward);
    const Var loss = cross_entropy(logits, batch.labels, options().label_smoothing, class_weights_);
    if (!std::isfinite(loss.value().item())) diverged("the loss", position_.step, *model_.module, forward);
    watcher_.note_loss(loss.value().item());
    step_loss_ += share * static_cast<double>(loss.value().item());
    tape.backward(loss, Tensor::full({}, static_cast<Scalar>(share)));

    const Index N = static_cast<Index>(batch.labels.size());
    position_.seen += N;
    position_.loss_sum += static_cast<double>(loss.value().item()) * static_cast<double>(N);
    for (Index n = 0; n < N; ++n)
        position_.right += likeliest_class(logits.value(), n) == batch.labels[static_cast<std::size_t>(n)];
}

Evaluation Run::evaluated(const ImageSet& images) {
    const auto evaluated = [&] { return evaluate(shown(), images); };
    Evaluation evaluation = evaluated();
    const char* loss = &images == &split_.validation ? "the validation loss" : "the test loss";
    if (!std::isfinite(evaluation.loss)) diverged(loss, position_.step - 1, *shown().module, evaluated);
    return evaluation;
}

void Run::test() {
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
std::optional<Score> Run::best_on_test_set() {
    if (ends_with_best(position_.metrics)) return position_.metrics.back().test;
    try {
        const Model best = load_model(folder_.best());
        return score_of(evaluate(best, split_.test));
    } catch (const Error& error) {
        observer_.warning(std::string("the best weights are not tested: ") + error.what());
        return std::nullopt;
    }
}

void Run::write_checkpoint() {
    watcher_.write();  // first: a resumed run takes up the looks and lines up to its checkpoint
    log_.write();
    normlab::write_checkpoint(folder_, to_json(model_.config), split_.train.size(), position_, *model_.module,
                              *optimizer_, averaged());
}

// What follows from a checkpoint, written after it: if the run is killed in between, it is written when the run
// resumes.
void Run::write_results() const {
    replace_file(folder_.metrics(), metrics_text(position_.metrics));
    replace_file(folder_.metrics_table(), metrics_csv(position_.metrics));
    if (position_.seen > 0 || position_.metrics.empty()) return;  // the model is that of the last test
    if (ends_with_best(position_.metrics)) save_model(folder_.best(), shown());
    save_model(folder_.model(), shown());
}

Progress Run::progress() const {
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

void Run::diverged(const std::string& what, Index step, Module& module, const std::function<void()>& again) {
    const std::string layer = first_not_finite(module, again);
    std::ostringstream text;
    text << "[run] " << what << " is not finite in step " << step + 1 << " (epoch " << step / steps_per_epoch() + 1
         << ", learning rate " << lr(step) << "); "
         << (layer.empty() ? "the outputs of all layers are finite"
                           : "the first layer whose output is not finite is " + layer)
         << ". A lower optim.lr, schedule.warmup_epochs or train.clip_grad_norm may help";
    watcher_.write();
    throw Diverged(text.str(), step + 1);
}

// A resumed run has its weights in the checkpoint: the file of init.weights need no longer exist.
Model model_to_resume(const Config& config, const ImageSet& train) {
    Config without_weights = config;
    without_weights.init = {};
    Model model = build_model(without_weights, train);
    model.config.init = config.init;
    return model;
}

// The images are loaded once the folder is known to be usable.
template <class Images>
RunResult run_prepared(const Config& config, const RunOptions& options, Observer& observer, const Images& images) {
    const std::optional<Index> wanted = options.threads ? options.threads : config.train.threads;
    const ThreadCount thread_count(static_cast<int>(wanted.value_or(threads())));
    const RunFolder folder{options.out};
    require(!std::filesystem::exists(folder.comparison()), "run", folder.path.string(),
            " is a comparison's folder: choose another --out");
    std::optional<RunLock> lock;
    if (options.lock == nullptr) lock.emplace(folder);
    require(!lock || lock->held(), "run", "another process trains in ", folder.path.string(),
            ": wait until it has ended, or choose another --out");
    std::optional<Checkpoint> checkpoint;
    if (options.resume) {
        checkpoint = read_checkpoint(folder, observer);
        if (!checkpoint)
            observer.message("there is no checkpoint in " + folder.path.string() +
                             " yet; the run starts from the beginning");
    } else if (const auto former = former_run(folder); former && !options.overwrite) {
        fail("run", folder.path.string(), " holds ", former->text,
             ": --resume continues it, --overwrite replaces it, another --out begins a new one beside it");
    }
    const Split& split = images();
    const auto tell = [&](const std::string& text) { observer.message(text); };
    for (const std::string& note : split.notes) tell("data: " + note);
    Run run(checkpoint ? model_to_resume(config, split.train) : build_model(config, split.train, tell), split, folder,
            observer);
    if (checkpoint)
        run.resume(*std::exchange(checkpoint, std::nullopt));
    else
        run.begin();
    return run.train(options.stop);
}

}  // namespace

RunResult run_training(const Config& config, const RunOptions& options, Observer& observer) {
    return run_prepared(config, options, observer, [&] { return load(config.data.source); });
}

RunResult run_training(const Config& config, const Split& split, const RunOptions& options, Observer& observer) {
    return run_prepared(config, options, observer, [&]() -> const Split& { return split; });
}

}  // namespace normlab
