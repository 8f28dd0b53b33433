// The optimizer and the schedule as a config describes them. A key of a type other than the one in use is an error.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "framework/support/fields.h"
#include "optim/adam.h"
#include "optim/schedule.h"

namespace normlab {

struct OptimConfig {
    std::string type = "sgd";  // sgd, adam, adamw
    double lr = 0.05;
    double weight_decay = 5e-4;
    bool decay_norm_and_bias = true;
    double momentum = 0.9, dampening = 0;  // sgd
    bool nesterov = false;
    std::array<double, 2> betas = AdamOptions().betas;  // adam, adamw
    double eps = AdamOptions().eps;
    struct Group {
        std::vector<std::string> params;         // patterns of names
        std::optional<double> lr, weight_decay;  // instead of the others'; the schedule multiplies both rates alike
        double l1 = 0;
        bool nonnegative = false;
        bool orthogonal = false;
    };
    std::vector<Group> groups;  // the first that picks a parameter counts
};

// Reading sets the defaults that depend on the type.
void fields(Fields& f, OptimConfig& c);

struct ScheduleConfig {
    std::string type = "cosine";  // constant, step, multi_step, cosine, one_cycle, plateau
    double warmup_epochs = 0;
    double step_epochs = 10;                          // step: counted from the end of the warm-up
    std::vector<double> milestones;                   // multi_step: epochs of the run
    double gamma = StepSchedule().gamma;              // step, multi_step
    double min_lr = CosineSchedule().eta_min;         // cosine, plateau
    double factor = 0.1;                              // plateau
    Index patience = 10;                              // plateau, in tests
    double pct_start = OneCycleSchedule().pct_start;  // one_cycle
    double div_factor = OneCycleSchedule().div_factor, final_div_factor = OneCycleSchedule().final_div_factor;
    Anneal anneal_strategy = OneCycleSchedule().anneal;

    // For a run of `total` steps, with times in steps. Where a plateau lowers the rate is not known before: the
    // schedule is constant then, and lowered() what has become of its rate after so many reductions.
    Schedule of(double lr, Index steps_per_epoch, Index total) const;
    double lowered(double lr, Index reductions) const;
};

void fields(Fields& f, ScheduleConfig& c);

}  // namespace normlab
