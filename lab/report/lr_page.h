// The curve of a learning-rate range test as a page.
#pragma once

#include "lab/run/lr_range.h"

namespace normlab {

std::string lr_page(const std::string& name, const std::vector<LrStep>& steps, const std::string& advice);

}  // namespace normlab
