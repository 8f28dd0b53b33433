// Checkpoints: all that a run needs to continue bit for bit as if it had never stopped. One safetensors file holds
//   model.*, optimizer.*   the weights, buffers and counters of both
//   average.*              those of the average of the weights, if the run keeps one
//   metadata               the config, how far the run has come, and the metrics so far
// Random numbers need no state in it: they are a function of the seed and of how far the run has come.
//
// At every moment the folder holds at least one whole checkpoint: a new one replaces its predecessor in one step, and
// the predecessor stays beside it under another name.
#pragma once

#include "lab/run/observer.h"
#include "lab/run/run_folder.h"
#include "optim/optimizer.h"

namespace normlab {

// How far a run has come.
struct Position {
    Index step = 0;   // steps taken
    Index epoch = 0;  // epochs completed
    Index batch = 0;  // of the current epoch: batches, and the images in them
    Index seen = 0, right = 0;
    double loss_sum = 0;
    double seconds = 0, epoch_seconds = 0;  // of the whole run; of training in the current epoch
    std::vector<EpochMetrics> metrics;
};

struct Checkpoint {
    Json config;
    Index train_images = 0;
    Position position;
    State state;
    std::filesystem::path file;
};

void write_checkpoint(const RunFolder& folder, const Json& config, Index train_images, const Position& position,
                      Module& module, Optimizer& optimizer, Module* average = nullptr);

// The latest that is whole; damaged ones are reported. Empty if there is none at all, an Error if all are damaged.
std::optional<Checkpoint> read_checkpoint(const RunFolder& folder, Observer& observer);

// Makes it the latest, which the next one replaces.
void adopt(const RunFolder& folder, const Checkpoint& checkpoint);
void restore(const Checkpoint& checkpoint, Module& module, Optimizer& optimizer, Module* average = nullptr);

}  // namespace normlab
