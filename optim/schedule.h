// A schedule gives each step its learning rate. It is a pure function of the step: a resumed run needs to know its step
// and nothing else. (What depends on how a run goes, a plateau, is the run's own matter.)
//
//   const Schedule schedule(CosineSchedule{.lr = 0.1, .total_steps = 10000, .warmup_steps = 500});
//   sgd.set_lr(schedule.at(step));  // step 0 is the first
//
// Warm-up: with W = warmup_steps, the steps 0 … W − 1 have 1/(W + 1), 2/(W + 1), … W/(W + 1) of the rate that the
// schedule proper starts with. That starts in step W: s of the formulas below is 0 there, and step_size and milestones
// count from there. total_steps is the whole run, warm-up included; after its end the last rate stays.
#pragma once

#include <variant>
#include <vector>

#include "framework/support/scalar.h"

namespace normlab {

// lr
struct ConstantSchedule {
    double lr = 0.1;
    Index warmup_steps = 0;
};

// lr · γ^⌊s / step_size⌋
struct StepSchedule {
    double lr = 0.1;
    Index step_size = 0;
    double gamma = 0.1;
    Index warmup_steps = 0;
};

// lr · γ^(how many milestones are ≤ s)
struct MultiStepSchedule {
    double lr = 0.1;
    std::vector<Index> milestones;
    double gamma = 0.1;
    Index warmup_steps = 0;
};

// η + (lr − η)·(1 + cos(π s/T))/2 with η = eta_min: down along half a wave, to η at s = T = total_steps − warmup_steps
// (Loshchilov, Hutter 2016; PyTorch's CosineAnnealingLR with T_max = T).
struct CosineSchedule {
    double lr = 0.1;
    Index total_steps = 0;
    double eta_min = 0;
    Index warmup_steps = 0;
};

// Half a wave up from lr/div_factor to the peak lr, which is reached at s = pct_start·T − 1, then half a wave down to
// lr/div_factor/final_div_factor in the last step, s = T − 1 (Smith, Topin 2017; PyTorch's OneCycleLR, whose momentum
// cycle is left out). With Anneal::linear both are straight lines, and the whole is a triangle.
enum class Anneal { cos, linear };
struct OneCycleSchedule {
    double lr = 0.1;
    Index total_steps = 0;
    double pct_start = 0.3;
    double div_factor = 25;
    double final_div_factor = 1e4;
    Anneal anneal = Anneal::cos;
    Index warmup_steps = 0;
};

using ScheduleOptions =
    std::variant<ConstantSchedule, StepSchedule, MultiStepSchedule, CosineSchedule, OneCycleSchedule>;

class Schedule {
  public:
    explicit Schedule(ScheduleOptions options);
    double at(Index step) const;

  private:
    ScheduleOptions options_;
};

}  // namespace normlab
