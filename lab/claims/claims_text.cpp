#include "lab/claims/claims_text.h"

#include <algorithm>
#include <cmath>

#include "lab/claims/claims.h"
#include "lab/claims/phrases.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr std::size_t kIndent = 6, kLeastWords = 26;  // of a check's words, beside its numbers
constexpr std::size_t kQuestion = 46;                 // of a question in the list

std::string indented(const std::string& text, std::size_t columns) {
    std::string block;
    for (const std::string& line : wrapped(text, kLineWidth - columns))
        block += std::string(columns, ' ') + line + "\n";
    return block;
}

// "  in part  17  training takes 14 times fewer steps"
std::string titled(const std::string& verdict, const std::string& number, const std::string& text) {
    const std::string head = "  " + verdict + (number.empty() ? "" : "  " + number) + "  ";
    const std::vector<std::string> lines = wrapped(text, kLineWidth - display_width(head));
    std::string block;
    for (std::size_t i = 0; i < lines.size(); ++i)
        block += (i == 0 ? head : std::string(display_width(head), ' ')) + lines[i] + "\n";
    return block;
}

std::string sign_of(const Check& check) {
    if (check.role == Check::Role::report) return "·";
    const bool limit = check.role == Check::Role::limit;
    switch (result_of(check)) {
        case CheckResult::met: return limit ? "◐" : "✓";
        case CheckResult::missed: return limit ? "–" : "✗";
        case CheckResult::undecided: break;
    }
    return "?";
}

// Checks below each other: words, what was measured, what is accepted.
class CheckLines {
  public:
    CheckLines(const std::vector<Check>& checks, Language language) : language_(language) {
        for (const Check& check : checks) {
            measured_ = std::max(measured_, display_width(measured_text(check, language)));
            accepted_ = std::max(accepted_, display_width(accepted_text(check, language)));
        }
        const std::size_t numbers = measured_ + accepted_ + 4, room = kLineWidth - kIndent - 2;
        words_ = room > numbers + kLeastWords ? room - numbers : 0;
    }
    std::string text(const Check& check) const {
        const std::string numbers = padded(measured_text(check, language_), measured_, Table::Align::right) + "  " +
                                    accepted_text(check, language_);
        std::string what = check.what.in(language_);
        if (check.role == Check::Role::limit) what = say(language_, "limit: ", "한계: ") + what;
        std::string block;
        const std::size_t width = words_ > 0 ? words_ : kLineWidth - kIndent - 2;
        const std::vector<std::string> lines = wrapped(what, width);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const bool last = i + 1 == lines.size() && words_ > 0;
            block += ended(std::string(kIndent, ' ') + (i == 0 ? sign_of(check) + " " : "  ") +
                           (last ? padded(lines[i], words_) + "  " + numbers : lines[i]));
        }
        if (words_ == 0) block += ended(std::string(kIndent + 4, ' ') + numbers);
        if (const std::string advice = advice_on(check, language_); !advice.empty())
            block += indented(advice, kIndent + 2);
        return block;
    }

  private:
    static std::string ended(std::string line) {
        line.erase(line.find_last_not_of(' ') + 1);
        return line + "\n";
    }
    Language language_;
    std::size_t measured_ = 0, accepted_ = 0, words_ = 0;
};

}  // namespace

std::string list_text(const std::vector<std::pair<const Claim*, const Examined*>>& all, Language language) {
    Table table({{say(language, "name", "이름")},
                 {say(language, "question", "질문")},
                 {say(language, "time", "시간"), Table::Align::right},
                 {say(language, "last result", "최근 결과")}});
    for (const auto& [claim, examination] : all) {
        std::string result = "-";
        if (examination != nullptr)
            result = examination->quick           ? say(language, "quick", "간이")
                     : examination->as_expected() ? say(language, "expected", "예상대로")
                                                  : say(language, "unexpected", "예상과 다름");
        const std::string question = claim->question.in(language);
        const std::string shown = shortened(question, kQuestion);
        table.add({claim->name, shown == question ? question : shortened(question, kQuestion - 1) + "…",
                   duration(claim->seconds), result});
    }
    return table.text();
}

std::string examination_text(const Examined& examination, Language language) {
    const std::vector<Check>& checks = examination.evidence.checks;
    const CheckLines lines(checks, language);
    std::string text;
    for (const int number : examination.claim->statements) {
        const Statement& about = statement(number);
        const Verdict verdict = examination.verdict(number);
        text += titled(verdict_in(verdict, language), std::to_string(number), about.text.in(language));
        for (const Check& check : checks)
            if (std::ranges::find(check.statements, number) != check.statements.end()) text += lines.text(check);
        if (about.expected && verdict != *about.expected)
            text += indented(say(language, "expected: ", "예상: ") + verdict_in(*about.expected, language) + ". " +
                                 about.why.in(language),
                             kIndent + 2);
    }
    std::string controls, others;
    for (const Check& check : checks) {
        if (check.role == Check::Role::control)
            controls += lines.text(check);
        else if (check.statements.empty())
            others += lines.text(check);
    }
    if (!controls.empty()) text += "  " + say(language, "controls", "대조 실험") + "\n" + controls;
    if (!others.empty()) text += "  " + say(language, "reported", "참고") + "\n" + others;
    for (const Words& remark : examination.evidence.remarks) text += "\n" + paragraph(remark.in(language), "  ");
    return text;
}

std::string statements_text(Language language) {
    std::string text;
    for (const Statement& each : statements()) {
        const std::string number = std::to_string(each.number);
        const std::string head = std::string(4 - number.size(), ' ') + number + "  ";
        text += head + indented(capitalized(each.text.in(language)) + ".", head.size()).substr(head.size());
        std::string note = say(language, "expected: ", "예상: ") + expectation_in(each, language);
        const std::vector<std::string> names = claims_about(each.number);
        if (!names.empty()) note += "; normlab claims " + joined(names);
        text += indented(note, head.size());
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
