// One file for each.
#pragma once

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

}  // namespace normlab
