// The page of all claims, and the same as numbers.
#pragma once

#include <filesystem>

#include "lab/claims/examination.h"

namespace normlab {

struct ClaimsPage {
    std::vector<Examined> examined;  // in the guide's order
    std::vector<Examined> real;      // what --real found, to stand beside
    Language language = Language::en;
    std::filesystem::path folder = {};  // the page's
};
std::string to_html(const ClaimsPage& page);

Json claims_json(const std::vector<Examined>& examined);

}  // namespace normlab
