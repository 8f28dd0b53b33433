// Takes the looks of a run and keeps its watch.jsonl. The run calls it in every step; in steps that are not watched,
// and without a watch, it does nothing. Looking changes no number of the run.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "datasets/loader.h"
#include "framework/module.h"
#include "lab/config/config.h"
#include "lab/run/run_folder.h"
#include "lab/run/watch.h"

namespace normlab {

class Watcher {
  public:
    Watcher(std::optional<WatchConfig> config, RunFolder folder, Module& model, bool writes = true);

    // Keeps the looks up to that step, after which the run continues: later ones will be taken again.
    void resume(Index step);

    // What a step calls, in this order. Of several batches the last is examined.
    void begin_step(Index step);  // counted from 1
    // Before a tape records.
    void evaluate(const Batch& batch, double smoothing, std::span<const double> class_weights);
    Var forward(const std::function<Var()>& compute);  // compute(), observed
    void note_loss(double loss) { look_.loss = loss; }
    void before_update(const std::vector<NamedParameter>& parameters);
    void after_update(Index epoch, const std::vector<NamedParameter>& parameters);

    void write();  // the file, if anything is new

  private:
    // A layer before the step.
    struct Before {
        Tensor running_mean, running_variance;  // or undefined
        std::vector<Scalar> evaluated;          // a sample of its output
    };
    void hear(Module& layer, const Var& x, const Var& y);
    void look_at(const std::string& name, Module& layer, const Tensor& x, const Tensor& y);

    std::optional<WatchConfig> config_;
    RunFolder folder_;
    Module& model_;
    bool writes_;                                 // of several ranks, one does
    std::map<const Module*, std::string> names_;  // of the norms, and of the activations

    bool watching_ = false;
    Look look_;
    std::map<const Module*, Before> before_;
    std::vector<Tensor> normalized_;         // what the norms made, in this pass
    std::map<std::string, Tensor> weights_;  // before the update
    std::string text_;                       // of the file
    bool written_ = true;
};

}  // namespace normlab
