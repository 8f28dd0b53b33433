// The pictures of an experiment: on its page, and as files.
#pragma once

#include <filesystem>

#include "lab/claims/examination.h"
#include "lab/report/html.h"

namespace normlab {

Html pictures_on_page(const std::vector<Picture>& pictures, Language language);

// NAME/NAME-1.svg, NAME-2.svg … in the folder of the claims, and NAME-1.ko.svg with Korean words.
void write_pictures(const Examined& examination, const std::filesystem::path& folder);

}  // namespace normlab
