// What was tuned, in words.
#pragma once

#include "lab/compare/results.h"
#include "lab/text/table.h"

namespace normlab {

const Tuning::Choice& choice_of(const Comparison& comparison, const Cell& cell);

// What was chosen for each variant, under each condition.
Table tuning_table(const Comparison& comparison, const Results& results);

// "The best learning rate of batch and group is the largest that was tried: a larger one may be better still."
std::vector<std::string> tuning_remarks(const Comparison& comparison, const Results& results);

// "the largest tried"; "diverged with every value"; empty if there is nothing to say
std::string tuning_note(const Tuning& tuning, const Tuning::Choice& choice);

}  // namespace normlab
