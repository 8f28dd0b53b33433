// The page of all claims, and the same as numbers.
#pragma once

#include "lab/claims/examination.h"

namespace normlab {

std::string claims_page(const std::vector<Examination>& examined, Language language);
Json claims_json(const std::vector<Examination>& examined);

}  // namespace normlab
