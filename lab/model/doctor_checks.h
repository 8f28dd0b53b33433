// What the doctor checks, one question each. Each check adds its findings.
#pragma once

#include <map>

#include "lab/model/diagnosis.h"
#include "lab/model/model_file.h"
#include "lab/model/recalibrate.h"

namespace normlab {

// What was measured on the model at work.
struct Examination {
    const Model& model;
    std::string file;  // see diagnose
    std::vector<std::string> images;
    std::vector<LayerHealth> layers;
    std::vector<NamedPopulation> clean, dropped;    // what the layers are fed in eval mode, and with dropout on
    std::map<std::string, Index> silent, channels;  // by layer: channels that are 0 for every image, of how many
    double eval_accuracy = 0, train_accuracy = 0;
    Index train_batch = 0;
};

using Findings = std::vector<Finding>;

void check_finite(const Model& model, Findings& findings);  // before anything is computed

void check_never_updated(const Examination& seen, Findings& findings);
void check_momentum(const Examination& seen, Findings& findings);
void check_far_apart(const Examination& seen, Findings& findings);
void check_modes(const Examination& seen, Findings& findings);
void check_variance(const Examination& seen, Findings& findings);
void check_dead_channels(const Examination& seen, Findings& findings);
void check_batch_size(const Examination& seen, Findings& findings);
void check_dropout(const Examination& seen, Findings& findings);
void check_bias(const Examination& seen, Findings& findings);

}  // namespace normlab
