// One file for each.
#pragma once

#include <functional>
#include <memory>

#include "framework/module.h"
#include "lab/claims/workbench/claim.h"

namespace normlab {

extern const Claim kFormula;
extern const Claim kAxes;
extern const Claim kRunning;
extern const Claim kEval;
extern const Claim kMnist2015;
extern const Claim kLearningRate;
extern const Claim kScale;
extern const Claim kDepth;
extern const Claim kShift;
extern const Claim kLandscape;
extern const Claim kGradient;
extern const Claim kAffine;
extern const Claim kBatchSize;
extern const Claim kRegularize;
extern const Claim kPlacement;
extern const Claim kFolding;

// Second parts of experiments that have more than one question and a file for each.
Evidence running_statistics_in_use(Workbench& bench);  // of running
Evidence jacobian_of_a_channel(Workbench& bench);      // of gradient
Evidence examine_few_images(Workbench& bench);         // of batch-size
Evidence examine_dropout(Workbench& bench);            // of regularize

// The Jacobian of batch norm by another layer that should be one.
using NormOfAChannel = std::function<std::unique_ptr<Module>(double eps, double gamma)>;
Evidence jacobian_of(const NormOfAChannel& make);

}  // namespace normlab
