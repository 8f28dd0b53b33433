#include "lab/claims/claims.h"

#include <algorithm>

#include "lab/claims/experiments/experiments.h"

namespace normlab {

const std::vector<const Claim*>& claims() {
    static const std::vector<const Claim*> all = {
        &kFormula, &kAxes,      &kRunning,  &kEval,   &kMnist2015, &kLearningRate, &kScale,     &kDepth,
        &kShift,   &kLandscape, &kGradient, &kAffine, &kBatchSize, &kRegularize,   &kPlacement, &kFolding,
    };
    return all;
}

const Claim* find_claim(const std::string& name) {
    const auto found = std::ranges::find_if(claims(), [&](const Claim* claim) { return claim->name == name; });
    return found == claims().end() ? nullptr : *found;
}

std::vector<std::string> claims_about(int statement) {
    std::vector<std::string> names;
    for (const Claim* claim : claims())
        if (std::ranges::find(claim->statements, statement) != claim->statements.end()) names.push_back(claim->name);
    return names;
}

}  // namespace normlab
