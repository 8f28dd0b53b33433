// The claims, in the order in which the guide tells them.
#pragma once

#include <string>
#include <vector>

#include "lab/claims/workbench/claim.h"

namespace normlab {

const std::vector<const Claim*>& claims();
const Claim* find_claim(const std::string& name);  // null if there is none

// The names of those that examine a statement.
std::vector<std::string> claims_about(int statement);

}  // namespace normlab
