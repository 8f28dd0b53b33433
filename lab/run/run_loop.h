// The loop of a run: steps, tests, and what it leaves in its folder.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "datasets/loader.h"
#include "lab/run/checkpoint.h"
#include "lab/run/observer.h"
#include "lab/run/run_end.h"
#include "lab/run/run_folder.h"
#include "lab/run/run_optimizer.h"
#include "lab/run/run_result.h"
#include "lab/run/step_log.h"
#include "lab/run/step_sum.h"
#include "lab/run/stopwatch.h"
#include "lab/run/watcher.h"
#include "lab/run/weight_average.h"

namespace normlab {

class RunLoop {
  public:
    RunLoop(Model model, const Split& split, const RunFolder& folder, Observer& observer, Collective& ranks);

    void begin();
    void resume(const Checkpoint& checkpoint);
    RunResult train(const std::atomic<bool>* stop);

  private:
    const TrainConfig& options() const { return model_.config.train; }
    Index accumulated() const { return options().accumulate_exact ? 1 : options().accumulate; }  // batches of a step
    Index steps_per_epoch() const { return (loader_.batches() + accumulated() - 1) / accumulated(); }
    Index steps() const { return options().steps.value_or(options().epochs * steps_per_epoch()); }
    bool is_test_due() const;
    bool is_over() const { return normlab::is_over(options(), position_.epoch, position_.step, position_.metrics); }
    double lr(Index step) const;
    // What is tested and saved: the model that learns, or the average of its weights.
    const Model& shown() const { return average_ ? average_->model() : model_; }
    Module* averaged() const { return average_ ? average_->model().module.get() : nullptr; }
    bool writes() const { return ranks_.rank() == 0; }
    std::vector<double> sum_over_ranks(std::vector<double> of_this) const;

    void start_epoch();
    void learn_step();
    void learn_batch(const Batch& batch, double share, bool last);  // of its step
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
    Collective& ranks_;
    std::unique_ptr<Optimizer> optimizer_;
    std::vector<NamedParameter> parameters_;
    std::vector<double> class_weights_;
    Loader loader_;
    Schedule schedule_;
    Watcher watcher_;
    StepLog log_;
    double step_loss_ = 0;
    StepSum step_sum_;
    Position position_;
    Stopwatch stopwatch_;
    Index first_step_ = 0;  // of this session, and its seconds
    double session_seconds_ = 0;
};

}  // namespace normlab
