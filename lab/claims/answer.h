// An experiment's answer, made from its verdicts and from nothing else.
#pragma once

#include "lab/claims/examination.h"

namespace normlab {

// A part of the answer: all statements of one verdict. What holds comes first, then what holds in part, what was not
// found, what is undecided.
struct AnswerPart {
    Verdict verdict;
    std::string opening;     // "it holds"
    std::string statements;  // "that A, that B and that C"
};
std::vector<AnswerPart> answer_of(const Examined& examination, Language language);

// "It holds that A and that B; it was not found that C."
std::string in_one_sentence(const std::vector<AnswerPart>& parts, Language language);

}  // namespace normlab
