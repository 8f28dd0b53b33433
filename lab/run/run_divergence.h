// Where a run that diverged went wrong: the first layer whose output is not finite.
#pragma once

#include <functional>
#include <string>

#include "framework/module.h"

namespace normlab {

bool all_finite(const Tensor& tensor);

// "3.1 (BatchNorm2d)": the first module in `root` whose output is not finite while `work` runs; empty if all are
// finite.
std::string first_not_finite(Module& root, const std::function<void()>& work);

}  // namespace normlab
