// What one experiment found, as a section of the page.
#pragma once

#include <filesystem>

#include "lab/claims/examination.h"
#include "lab/report/html.h"

namespace normlab {

// `real`: what --real found; null if it was not done.
Html claim_section(const Examined& examination, const Examined* real, Language language,
                   const std::filesystem::path& page_folder);

Html badge(Verdict verdict, Language language);
std::string css_name(Verdict verdict);                // "in-part"
std::string command_of(const Examined& examination);  // that examines it again

}  // namespace normlab
