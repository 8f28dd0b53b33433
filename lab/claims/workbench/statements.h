// The statements about normalization that courses make, numbered. Each is told in our words, with the verdict that is
// expected of it, and why.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "lab/claims/workbench/words.h"

namespace normlab {

enum class Verdict {
    holds,
    in_part,       // it has an end, which is shown
    contradicted,  // what it says was not found
    undecided,     // an interval straddles the bound: more seeds
    invalid,       // a control failed: nothing was shown
};

struct Statement {
    int number;           // from 1
    std::string lessons;  // that make it: "000 001"
    Words text;           // a sentence that can stand behind "it holds that": without its capital and its full stop
    std::optional<Verdict> expected;  // empty: it cannot be tested here
    Words why;
};

std::span<const Statement> statements();
const Statement& statement(int number);

}  // namespace normlab
