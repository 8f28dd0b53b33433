// What the two files of the experiment `folding` have in common: how each layer is made to compute by itself.
#pragma once

#include "framework/module.h"
#include "lab/claims/workbench/workbench.h"

namespace normlab {

// As a ForwardListener: has each module's output computed before the next module begins.
void complete(Module& module, const Var& x, const Var& y);

Evidence examine_cost_of_folding(Workbench& bench);

}  // namespace normlab
