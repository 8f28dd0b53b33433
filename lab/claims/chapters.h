// The guide's chapters, and which of them tells of a claim.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lab/claims/workbench/words.h"

namespace normlab {

struct Chapter {
    int number;  // from 1
    Words title;
    std::vector<std::string> claims;
};
const std::vector<Chapter>& chapters();
const Chapter* chapter_of(const std::string& claim);  // null if none tells of it

// The file of a chapter in docs/guide of the current folder, seen from `page_folder`; empty if there is none.
std::string link_to(const Chapter& chapter, Language language, const std::filesystem::path& page_folder);

}  // namespace normlab
