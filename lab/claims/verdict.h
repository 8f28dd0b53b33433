// From measured numbers to verdicts, by rule.
//
//   a check      met        its interval lies in the accepted range
//                missed     it lies outside
//                undecided  it straddles a bound
//   a statement, by the first rule that fits
//                invalid       a control of its experiment was missed
//                undecided     a control is
//                contradicted  a proof was missed
//                undecided     a proof is, or every proof was met and a limit is
//                in part       every proof was met, and a limit
//                holds         every proof was met, and no limit
// The interval of several seeds is Student's 95 % interval of their mean (of the logarithms' for a ratio); if one of
// them is not finite it reaches from the least to the largest. A single number is its own interval.
#pragma once

#include <span>

#include "lab/claims/workbench/claim.h"
#include "lab/claims/workbench/statements.h"

namespace normlab {

struct Measured {
    double value, low, high;
};
Measured measured(const Check& check);

enum class CheckResult { met, missed, undecided };
CheckResult result_of(const Check& check);

// How many seeds may decide what is undecided, if they scatter as those so far; 0 if seeds will not help.
int seeds_to_decide(const Check& check);

Verdict verdict_on(int statement, std::span<const Check> checks);

// Of several experiments: the first of invalid, undecided, contradicted, in part, holds that one of them came to.
Verdict together(std::span<const Verdict> verdicts);

}  // namespace normlab
