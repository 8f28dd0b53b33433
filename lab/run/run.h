// A training run: from a config to a folder with all that came of it.
//
//   config.json              the config in full
//   metrics.jsonl            a line for each epoch
//   checkpoint.safetensors   all that a resumed run needs (and checkpoint.previous.safetensors, the one before)
//   watch.jsonl              where the config has a "watch": a line for each look inside
//   model.safetensors        the weights and buffers of the last epoch, best.safetensors those of the best
//   report.html              what to look at
//
// Every file is replaced whole or not at all.
#pragma once

#include <atomic>
#include <filesystem>

#include "lab/config/config.h"
#include "lab/model/evaluation.h"
#include "lab/model/model_file.h"

namespace normlab {

// One line of metrics.jsonl. Accuracies are fractions, `lr` is that of the last step, `seconds` those of the run so
// far, evaluations included and pauses not; `images_per_s` is the speed of learning in the epoch.
struct EpochMetrics {
    Index epoch = 0, step = 0;  // counted from 1: after how many
    double lr = 0, train_loss = 0, train_accuracy = 0, test_loss = 0, test_accuracy = 0, seconds = 0, images_per_s = 0;
};
Json to_json(const EpochMetrics& metrics);
std::vector<EpochMetrics> read_metrics(const std::filesystem::path& run);

// Where a run is, told after every step.
struct Progress {
    Index epoch = 0, epochs = 0;                // the epoch under way, counted from 1
    Index step = 0, steps = 0;                  // within the epoch
    double loss = 0, accuracy = 0;              // of the epoch so far
    double images_per_s = 0, seconds_left = 0;  // of the run
};

class Observer {
  public:
    virtual ~Observer() = default;
    virtual void message(const std::string&) {}  // one line worth telling: resumed at, checkpoint damaged, ...
    virtual void step(const Progress&) {}
    virtual void epoch(const EpochMetrics&, const Model&, const Split&, const Evaluation&) {}
};

struct RunOptions {
    std::filesystem::path out;
    bool resume = false;
    const std::atomic<bool>* stop = nullptr;  // set: the step is finished, a checkpoint written, and the run ends
};

struct RunResult {
    bool finished = false;  // false: stopped on request
    Index step = 0;
    std::vector<EpochMetrics> metrics;
};

// A loss became something that is no finite number. The text names the step, the learning rate and the first layer
// whose output is not finite.
class Diverged : public Error {
  public:
    Diverged(const std::string& text, Index in_step) : Error(text), step(in_step) {}
    Index step;  // counted from 1
};

// Without `resume` a finished run in the folder is replaced when the new one begins; one that is not finished stays,
// and that is an Error, as is a folder in which another process trains. With `resume` the run goes on bit for bit as if
// it had never stopped, or begins where there is no checkpoint.
RunResult run_training(const Config& config, const RunOptions& options, Observer& observer);
// On images that are loaded already.
RunResult run_training(const Config& config, const Split& split, const RunOptions& options, Observer& observer);

}  // namespace normlab
