// A training run: from a config to a folder with all its results.
//
//   config.json              the config in full
//   metrics.jsonl            a line for each test, which is after every epoch or every train.test_every steps; with
//                            data.validation the test set is looked at once, for the last line. metrics.csv is the same
//   steps.csv                with train.log_every: the loss of single steps
//   checkpoint.safetensors   all that a resumed run needs (the one before: checkpoint.previous.safetensors)
//   watch.jsonl              if the config has a "watch": a line for each look inside
//   model.safetensors        the weights (with train.ema_decay their average) and buffers of the last test
//   best.safetensors         those of the best
//   report.html              a page to look at
//
// Every file is replaced whole or not at all.
#pragma once

#include <atomic>
#include <filesystem>

#include "framework/collective.h"
#include "lab/config/config.h"
#include "lab/run/observer.h"
#include "lab/run/run_lock.h"
#include "lab/run/run_result.h"

namespace normlab {

struct RunOptions {
    std::filesystem::path out;
    bool resume = false, overwrite = false;
    const std::atomic<bool>* stop = nullptr;  // when set, the run finishes its step, writes a checkpoint and ends
    const RunLock* lock = nullptr;            // on the folder, if the caller holds it; else the run takes it
    std::optional<Index> threads = {};        // in place of the config's, and told nowhere, as they change no result
    Collective* ranks = &alone();             // that train together; the first one writes
};

// A run in the folder is an Error, as is another process that trains in it. With `overwrite` it is cleared when the new
// one begins; with `resume` it continues bit for bit as if it had never stopped, or begins if there is no checkpoint.
RunResult run_training(const Config& config, const RunOptions& options, Observer& observer);
// On images that are already loaded. If they are judged by validation images, there may be no test set.
RunResult run_training(const Config& config, const Split& split, const RunOptions& options, Observer& observer);

}  // namespace normlab
