// Claims on a terminal.
#pragma once

#include "lab/claims/examination.h"

namespace normlab {

// The list: name, question, seconds, and how each ended if it was examined (null if not).
std::string list_text(const std::vector<std::pair<const Claim*, const Examined*>>& all, Language language);

// What was found: a block for each statement with its verdict and its checks, then the controls and the remarks.
std::string examination_text(const Examined& examination, Language language);

// The table of all statements.
std::string statements_text(Language language);
Json statements_json();

}  // namespace normlab
