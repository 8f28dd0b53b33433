// How fast a net trains or answers, on images of noise.
#pragma once

#include <functional>
#include <vector>

#include "framework/support/json_reader.h"
#include "lab/model/summary.h"

namespace normlab {

struct BenchOptions {
    Index batch = 128, steps = 20, warmup = 3;
    std::function<void(Index step, double ms)> ended_step = {};  // called after each step; those before step 0 warm up
};

struct BenchResult {
    double median_ms = 0, min_ms = 0;  // of a step
    double images_per_s = 0;           // of the median step
};

// Steps of SGD with momentum 0.9, weight decay 5e-4 and learning rate 0.01: forward, cross-entropy, backward, update.
BenchResult bench_training(Net& net, const BenchOptions& options);
// Forward passes in eval().
BenchResult bench_inference(Net& net, const BenchOptions& options);

double peak_memory_mib();  // of this process so far

// The peak memory of a training step of this config on one thread: weights, gradients, the optimizer's state,
// activations and work space. It is a property of the config: what else the process has done makes no difference.
double step_memory_mib(const Config& config);

}  // namespace normlab
