#include "lab/claims/phrases.h"

#include "lab/claims/examination.h"
#include "lab/report/scale.h"

namespace normlab {

std::string verdict_in(Verdict verdict, Language language) {
    if (language == Language::en) return word_of(verdict);
    switch (verdict) {
        case Verdict::holds: return "성립";
        case Verdict::in_part: return "일부 성립";
        case Verdict::contradicted: return "확인되지 않음";
        case Verdict::undecided: return "판정 보류";
        case Verdict::invalid: break;
    }
    return "무효";
}

std::string sign_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::holds: return "✓";
        case Verdict::in_part: return "◐";
        case Verdict::contradicted: return "✗";
        case Verdict::undecided: return "?";
        case Verdict::invalid: break;
    }
    return "!";
}

std::string found_in(Verdict verdict, Language language) {
    if (verdict != Verdict::contradicted) return verdict_in(verdict, language);
    return language == Language::en ? "not found here" : "여기서는 확인되지 않음";
}

std::string expectation_in(const Statement& about, Language language) {
    if (about.expected) return found_in(*about.expected, language);
    return language == Language::en ? "not tested" : "시험하지 않음";
}

std::string with_unit(const std::string& number, const std::string& unit, Language language) {
    if (unit.empty()) return number;
    if (language == Language::ko && unit == "points") return number + " %p";
    if (language == Language::ko && unit == "x") return number + "배";
    return number + " " + unit;
}

std::string measured_text(const Check& check, Language language) {
    const auto [value, low, high] = measured(check);
    std::string text = with_unit(significant(value, 3), check.unit, language);
    if (check.values.size() > 1) text += "  [" + significant(low, 3) + ", " + significant(high, 3) + "]";
    return text;
}

std::string accepted_text(const Check& check, Language language) {
    const auto& [low, high] = check.accepted;
    const bool english = language == Language::en;
    if (low && high) {
        if (*low == *high) return (english ? "exactly " : "정확히 ") + significant(*low, 6);
        return significant(*low) + (english ? " to " : "~") + significant(*high);
    }
    if (low) return english ? "at least " + significant(*low) : significant(*low) + " 이상";
    if (high) return english ? "at most " + significant(*high) : significant(*high) + " 이하";
    return "";
}

std::string advice_on(const Check& check, Language language) {
    if (result_of(check) != CheckResult::undecided) return "";
    const int seeds = seeds_to_decide(check);
    if (seeds == 0) return "";
    const std::string option = "--seeds " + std::to_string(seeds);
    return language == Language::en ? option + " may decide" : option + "이면 가려질 수 있음";
}

}  // namespace normlab
