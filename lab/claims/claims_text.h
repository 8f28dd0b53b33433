// Claims on a terminal.
#pragma once

#include "lab/claims/examination.h"

namespace normlab {

// The list: name, question, seconds, and how each ended if it was examined (null if not).
std::string list_text(const std::vector<std::pair<const Claim*, const Examination*>>& all, Language language);

// What was found: a block for each statement with its verdict and its checks, then the controls and the remarks.
std::string examination_text(const Examination& examination, Language language);

// The table of all statements.
std::string statements_text(Language language);
Json statements_json();

std::string verdict_in(Verdict verdict, Language language);  // "in part", "일부 성립"

// "30.0 x  [10.2, 88]  accepted: at least 10"
std::string measured_text(const Check& check, Language language);
std::string accepted_text(const Check& check, Language language);

}  // namespace normlab
