// The words that the page and the terminal have in common, in both languages.
#pragma once

#include <string>

#include "lab/claims/verdict.h"

namespace normlab {

std::string verdict_in(Verdict verdict, Language language);  // "in part"
std::string sign_of(Verdict verdict);                        // "◐": a verdict without colour
std::string found_in(Verdict verdict, Language language);    // "in part", "not found here": beside a statement
std::string expectation_in(const Statement& about, Language language);  // "in part", "not tested"

// "30.0 x  [10.2, 88]"
std::string measured_text(const Check& check, Language language);
std::string accepted_text(const Check& check, Language language);  // "at least 10"; empty where there is no range
// "--seeds 12 may decide"; empty where seeds will not help.
std::string advice_on(const Check& check, Language language);

}  // namespace normlab
