#include "lab/claims/answer.h"

#include "lab/claims/phrases.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr Verdict kInOrder[] = {Verdict::holds, Verdict::in_part, Verdict::contradicted, Verdict::undecided,
                                Verdict::invalid};

struct Opening {
    const char* before;
    const char* conjunction;
};
Opening opening(Verdict verdict) {
    switch (verdict) {
        case Verdict::holds: return {"it holds", "that"};
        case Verdict::in_part: return {"it holds in part", "that"};
        case Verdict::contradicted: return {"it was not found", "that"};
        case Verdict::undecided: return {"it stays undecided", "whether"};
        case Verdict::invalid: break;
    }
    return {"a control failed, so nothing was shown about", "whether"};
}

AnswerPart english(Verdict verdict, std::vector<std::string> statements) {
    const auto [before, conjunction] = opening(verdict);
    for (std::string& each : statements) each = std::string(conjunction) + " " + each;
    return {verdict, before, joined(statements)};
}

AnswerPart korean(Verdict verdict, const std::vector<std::string>& statements) {
    std::string text;
    for (const std::string& each : statements) text += (text.empty() ? "" : " · ") + each;
    return {verdict, verdict_in(verdict, Language::ko) + ":", text};
}

}  // namespace

std::vector<AnswerPart> answer_of(const Examined& examination, Language language) {
    std::vector<AnswerPart> parts;
    for (const Verdict verdict : kInOrder) {
        std::vector<std::string> statements;
        for (const int number : examination.claim->statements)
            if (examination.verdict(number) == verdict) statements.push_back(statement(number).text.in(language));
        if (!statements.empty())
            parts.push_back(language == Language::en ? english(verdict, statements) : korean(verdict, statements));
    }
    return parts;
}

std::string in_one_sentence(const std::vector<AnswerPart>& parts, Language language) {
    std::string text;
    for (const AnswerPart& part : parts)
        text += (text.empty() ? "" : language == Language::en ? "; " : ". ") + part.opening + " " + part.statements;
    return capitalized(text) + ".";
}

}  // namespace normlab
