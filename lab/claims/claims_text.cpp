#include "lab/claims/claims_text.h"

#include <algorithm>
#include <cmath>

#include "lab/claims/claims.h"
#include "lab/claims/phrases.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr std::size_t kTitle = 16;  // the width of verdict and number

// "  holds         16  a ten times larger rate can be used"
std::string titled(const std::string& verdict, const std::string& number, const std::string& text) {
    const std::vector<std::string> lines = wrapped(text, kLineWidth - kTitle - 6);
    std::string block;
    for (std::size_t i = 0; i < lines.size(); ++i)
        block += "  " + padded(i == 0 ? verdict : "", kTitle - 2) + padded(i == 0 ? number : "", 4) + lines[i] + "\n";
    return block;
}

std::string indented(const std::string& text, std::size_t columns) {
    std::string block;
    for (const std::string& line : wrapped(text, kLineWidth - columns))
        block += std::string(columns, ' ') + line + "\n";
    return block;
}

std::string check_text(const Check& check, Language language) {
    std::string text = indented(check.what.in(language), kTitle + 4);
    std::string numbers = measured_text(check);
    const std::string accepted = accepted_text(check, language);
    if (!accepted.empty()) numbers += "  " + accepted;
    if (result_of(check) == CheckResult::undecided)
        if (const int seeds = seeds_to_decide(check); seeds > 0)
            numbers += language == Language::en ? "; --seeds " + std::to_string(seeds) + " may decide"
                                                : "; --seeds " + std::to_string(seeds) + " 정도면 가려질 수 있음";
    return text + indented(numbers, kTitle + 6);
}

}  // namespace

std::string list_text(const std::vector<std::pair<const Claim*, const Examination*>>& all, Language language) {
    const bool english = language == Language::en;
    Table table({{english ? "name" : "이름"},
                 {english ? "question" : "질문"},
                 {english ? "seconds" : "초", Table::Align::right},
                 {english ? "last result" : "최근 결과"}});
    for (const auto& [claim, examination] : all) {
        std::string result = english ? "not examined" : "아직 안 함";
        if (examination != nullptr)
            result = examination->as_expected() ? (english ? "as expected" : "예상대로")
                                                : (english ? "not as expected" : "예상과 다름");
        table.add({claim->name, shortened(claim->question.in(language), 40), fixed(claim->seconds, 0), result});
    }
    return table.text();
}

std::string examination_text(const Examination& examination, Language language) {
    const bool english = language == Language::en;
    const std::vector<Check>& checks = examination.evidence.checks;
    std::string text;
    for (const int number : examination.claim->statements) {
        const Statement& about = statement(number);
        const Verdict verdict = examination.verdict(number);
        text += titled(verdict_in(verdict, language), std::to_string(number), about.text.in(language));
        for (const Check& check : checks)
            if (std::ranges::find(check.statements, number) != check.statements.end())
                text += check_text(check, language);
        if (about.expected && verdict != *about.expected)
            text += indented((english ? "expected: " : "예상: ") + verdict_in(*about.expected, language) + " (" +
                                 about.why.in(language) + ")",
                             kTitle + 4);
    }
    for (const Check& check : checks)
        if (check.role == Check::Role::control)
            text += titled(english ? "control" : "대조", "", check.what.in(language)) +
                    indented(measured_text(check) + "  " + accepted_text(check, language), kTitle + 6);
    for (const Words& remark : examination.evidence.remarks) text += "\n" + paragraph(remark.in(language), "  ");
    return text;
}

std::string statements_text(Language language) {
    std::string text;
    for (const Statement& each : statements()) {
        const std::string expected = each.expected              ? verdict_in(*each.expected, language)
                                     : language == Language::en ? "not tested"
                                                                : "시험 안 함";
        text += titled(expected, std::to_string(each.number), each.text.in(language));
        const std::vector<std::string> names = claims_about(each.number);
        if (!names.empty()) text += indented("normlab claims " + joined(names), kTitle + 4);
    }
    return text;
}

Json statements_json() {
    Json all = Json::array();
    for (const Statement& each : statements())
        all.push_back({{"number", each.number},
                       {"lessons", each.lessons},
                       {"text", {{"en", each.text.en}, {"ko", each.text.ko}}},
                       {"expected", each.expected ? Json(word_of(*each.expected)) : Json()},
                       {"why", {{"en", each.why.en}, {"ko", each.why.ko}}},
                       {"claims", claims_about(each.number)}});
    return all;
}

}  // namespace normlab
