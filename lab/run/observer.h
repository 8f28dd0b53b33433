// What a run reports: messages, its progress after every step, the results of every test, most often one an epoch.
#pragma once

#include <string>

#include "lab/model/evaluation.h"
#include "lab/model/model_file.h"
#include "lab/run/metrics.h"

namespace normlab {

struct Progress {
    Index epoch = 0, epochs = 0;                // the current epoch, counted from 1; 0, 0 if train.steps sets the end
    Index step = 0, steps = 0;                  // within the epoch, or else of the run
    double loss = 0, accuracy = 0;              // since the last test
    double images_per_s = 0, seconds_left = 0;  // of the run
};

class Observer {
  public:
    virtual ~Observer() = default;
    virtual void message(const std::string&) {}  // "resumed at step 120", "the checkpoint is damaged"
    virtual void warning(const std::string& text) { message(text); }  // about what the run can do without
    virtual void step(const Progress&) {}
    // The evaluation of the images that the run is judged by; in the end that of the test set.
    virtual void epoch(const EpochMetrics&, const Model&, const ImageSet&, const Evaluation&) {}
};

}  // namespace normlab
