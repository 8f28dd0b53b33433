#include "lab/claims/claim_section.h"

#include <algorithm>

#include "framework/support/shell.h"
#include "lab/claims/answer.h"
#include "lab/claims/chapters.h"
#include "lab/claims/claim_pictures.h"
#include "lab/claims/claims_style.h"
#include "lab/claims/phrases.h"
#include "lab/report/intervals.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr std::size_t kShown = 5, kReported = 4;  // of a statement's checks; of more some are folded up

// A check's outcome as a class, a sign, and a word.
struct CheckState {
    std::string kind, sign, word;
};
CheckState outcome_of(const Check& check, Language language) {
    if (check.role == Check::Role::report) return {"reported", "·", say(language, "reported", "참고")};
    const bool limit = check.role == Check::Role::limit;
    switch (result_of(check)) {
        case CheckResult::met:
            return limit ? CheckState{"limit", "◐", say(language, "this is where it ends", "여기까지만 성립")}
                         : CheckState{"met", "✓", say(language, "met", "충족")};
        case CheckResult::missed:
            return limit ? CheckState{"met", "–", say(language, "no limit found", "한계 없음")}
                         : CheckState{"missed", "✗", say(language, "missed", "벗어남")};
        case CheckResult::undecided: break;
    }
    return {"undecided", "?", say(language, "undecided", "보류")};
}

Html track_of(const Check& check, const CheckState& outcome, Language language) {
    if (check.role == Check::Role::report && check.values.size() < 2) return {};
    const auto [value, low, high] = measured(check);
    IntervalOnRange row{.values = check.values,
                        .mean = value,
                        .low = low,
                        .high = high,
                        .accepted_low = check.accepted.low,
                        .accepted_high = check.accepted.high,
                        .logarithmic = check.ratio,
                        .description = measured_text(check, language) + "; " + accepted_text(check, language)};
    row.colour = outcome.kind == "missed" ? 4 : outcome.kind == "undecided" ? 3 : outcome.kind == "limit" ? 1 : 0;
    if (check.role == Check::Role::control || check.role == Check::Role::report)
        row.colour = outcome.kind == "missed" ? 4 : 7;
    return to_html(row);
}

Html row_of(const Check& check, Language language) {
    const CheckState outcome = outcome_of(check, language);
    Html what = check.what.in(language);
    if (check.role == Check::Role::limit) what = tag("b", {}, say(language, "Limit: ", "한계: ")) + what;
    const std::string advice = advice_on(check, language);
    for (const std::string& small : {check.source, advice})
        if (!small.empty()) what += tag("small", {}, small);
    const std::string text = measured_text(check, language), number = text.substr(0, text.find("  [")),
                      interval = text.substr(std::min(text.size(), number.size()));
    return tag("tr", {{"class", outcome.kind}},
               tag("td", {{"class", "what"}}, what) +
                   tag("td", {{"class", "measured"}}, tag("b", {}, number) + tag("span", {}, interval)) +
                   tag("td", {{"class", "on"}}, track_of(check, outcome, language)) +
                   tag("td", {{"class", "accepted-text"}}, accepted_text(check, language)) +
                   tag("td", {{"class", "result"}, {"title", outcome.word}},
                       outcome.sign + tag("span", {{"class", "unseen"}}, " " + outcome.word)));
}

Html table_of(const std::vector<const Check*>& checks, Language language) {
    Html rows;
    for (const Check* check : checks) rows += row_of(*check, language);
    return tag("table", {{"class", "checks"}}, tag("tbody", {}, rows));
}

Html folded(const std::string& title, const std::vector<const Check*>& checks, Language language) {
    if (checks.empty()) return {};
    return tag("details", {{"class", "more"}}, tag("summary", {}, title) + table_of(checks, language));
}

// The checks as a table. Of a long list those that were met, and of many numbers that decide nothing all, are folded
// up.
Html checks_of(const std::vector<const Check*>& checks, Language language) {
    std::vector<const Check*> shown, met, reported;
    for (const Check* check : checks)
        if (check->role == Check::Role::report) reported.push_back(check);
    const bool few_reported = reported.size() <= kReported, few = checks.size() - reported.size() <= kShown + 1;
    for (const Check* check : checks) {
        if (check->role == Check::Role::report && !few_reported) continue;
        const bool plain = check->role == Check::Role::proof && result_of(*check) == CheckResult::met;
        (plain && !few && shown.size() >= kShown ? met : shown).push_back(check);
    }
    if (few_reported) reported.clear();
    const std::string more = std::to_string(met.size()), numbers = std::to_string(reported.size());
    const bool english = language == Language::en;
    return table_of(shown, language) +
           folded(english ? more + " more, all met" : more + "개 더, 모두 충족", met, language) +
           folded(english ? numbers + " numbers that decide nothing" : "판정에 쓰지 않는 값 " + numbers + "개",
                  reported, language);
}

Html statement_block(int number, const Examined& examination, Language language) {
    const Statement& about = statement(number);
    const Verdict verdict = examination.verdict(number);
    std::vector<const Check*> checks;
    for (const Check& check : examination.evidence.checks)
        if (check.role != Check::Role::control && std::ranges::find(check.statements, number) != check.statements.end())
            checks.push_back(&check);
    Html why = about.why.in(language);
    if (about.expected && verdict != *about.expected)
        why += " " + tag("b", {{"class", "unexpected"}},
                         say(language, "Expected: ", "예상: ") + found_in(*about.expected, language) + ".");
    const std::string id = std::string(examination.claim->name) + "-" + std::to_string(number);
    return tag("div", {{"class", "statement " + css_name(verdict)}, {"id", examination.real ? id + "-real" : id}},
               tag("div", {{"class", "said"}},
                   badge(verdict, language) + tag("p", {},
                                                  tag("span", {{"class", "no"}}, std::to_string(number)) + " " +
                                                      capitalized(about.text.in(language)) + ".")) +
                   tag("p", {{"class", "why"}}, why) + checks_of(checks, language));
}

Html controls(const Examined& examination, Language language) {
    std::vector<const Check*> controls, others;
    for (const Check& check : examination.evidence.checks) {
        if (check.role == Check::Role::control)
            controls.push_back(&check);
        else if (check.statements.empty())
            others.push_back(&check);
    }
    Html html;
    if (!controls.empty())
        html += tag("div", {{"class", "statement controls"}},
                    tag("p", {{"class", "why"}},
                        tag("b", {}, say(language, "Controls.", "대조 실험.")) + " " +
                            say(language, "If one of these fails, the instrument is broken and nothing has been shown.",
                                "하나라도 실패하면 측정 도구가 고장 난 것이고 아무것도 보이지 못한 것입니다.")) +
                        table_of(controls, language));
    if (!others.empty()) html += tag("div", {{"class", "statement controls"}}, checks_of(others, language));
    return html;
}

Html answer(const Examined& examination, Language language) {
    Html text;
    for (const AnswerPart& part : answer_of(examination, language)) {
        const bool first = text.empty();
        if (!first) text += language == Language::en ? "; " : ". ";
        text += tag("b", {{"class", css_name(part.verdict)}}, first ? capitalized(part.opening) : part.opening) + " " +
                part.statements;
    }
    return tag("p", {{"class", "answer"}}, text + ".");
}

Html formulas(const Claim& claim) {
    Html all;
    for (const Math& formula : claim.formulas) all += tag("math", {{"display", "block"}}, Html::raw(formula.markup));
    return all.empty() ? Html() : tag("div", {{"class", "formulas"}}, all);
}

Html remarks(const Examined& examination, Language language) {
    Html items;
    for (const Words& remark : examination.evidence.remarks) items += tag("li", {}, remark.in(language));
    return items.empty() ? Html() : tag("ul", {{"class", "remarks"}}, items);
}

Html findings(const Examined& examination, Language language) {
    Html html = pictures_on_page(examination.evidence.pictures, language);
    for (const int number : examination.claim->statements) html += statement_block(number, examination, language);
    return html + controls(examination, language) + remarks(examination, language);
}

Html fact(const std::string& name, const Html& value) {
    return tag("dt", {}, name) + tag("dd", {}, value);
}

std::string seeds_text(const Examined& examination) {
    std::vector<std::string> seeds;
    for (const std::uint64_t seed : examination.seeds) seeds.push_back(std::to_string(seed));
    return joined(seeds);
}

Html how(const Examined& examination, Language language, const std::filesystem::path& page_folder) {
    const Claim& claim = *examination.claim;
    Html sources;
    for (const std::string& source : claim.sources) sources += tag("span", {}, source);
    Html facts = fact(say(language, "Setting", "설정"), capitalized(claim.setting.in(language)) + ".");
    facts += fact(say(language, "It would have been refuted by", "이랬다면 반증"),
                  capitalized(claim.refutation.in(language)) + ".");
    facts += fact(say(language, "Seeds", "시드"), seeds_text(examination));
    if (!sources.empty()) facts += fact(say(language, "Sources", "출처"), tag("div", {{"class", "sources"}}, sources));
    if (const Chapter* chapter = chapter_of(claim.name)) {
        const std::string title = std::to_string(chapter->number) + ". " + chapter->title.in(language);
        const std::string link = link_to(*chapter, language, page_folder);
        facts += fact(say(language, "In the guide", "안내서"),
                      link.empty() ? Html(title) : tag("a", {{"href", link}}, title));
    }
    facts += fact(say(language, "Again", "다시 해 보기"), tag("code", {}, command_of(examination)));
    Html html = tag("dl", {{"class", "how"}}, facts);
    if (!examination.evidence.settings.empty())
        html += tag(
            "details", {{"class", "more"}},
            tag("summary", {}, say(language, "The nets", "신경망")) + tag("pre", {}, examination.evidence.settings));
    return html;
}

std::string data_title(const Examined& real) {
    return std::string(real.claim->real_data) == "mnist" ? "MNIST" : "CIFAR-10";
}

Html real_block(const Examined* real, Language language) {
    if (real == nullptr) return {};
    const std::string data = data_title(*real);
    return tag("div", {{"class", "real"}},
               tag("h3", {},
                   language == Language::en ? "The same on " + data + ", at the size of the papers"
                                            : data + "에서, 논문의 크기로") +
                   tag("p", {{"class", "note"}}, tag("code", {}, command_of(*real))) + answer(*real, language) +
                   findings(*real, language));
}

}  // namespace

std::string css_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::holds: return "holds";
        case Verdict::in_part: return "in-part";
        case Verdict::contradicted: return "not-found";
        case Verdict::undecided: return "undecided";
        case Verdict::invalid: break;
    }
    return "invalid";
}

Html badge(Verdict verdict, Language language) {
    return tag("span", {{"class", "badge " + css_name(verdict)}},
               tag("i", {}, sign_of(verdict)) + found_in(verdict, language));
}

std::string command_of(const Examined& examination) {
    std::vector<std::string> words = {"claims", examination.claim->name};
    if (examination.real) words.push_back("--real");
    const auto count = static_cast<int>(examination.seeds.size());
    if (count != examination.claim->seeds) words.insert(words.end(), {"--seeds", std::to_string(count)});
    if (!examination.seeds.empty() && examination.seeds[0] != 1)
        words.insert(words.end(), {"--first-seed", std::to_string(examination.seeds[0])});
    if (examination.steps) words.insert(words.end(), {"--steps", std::to_string(*examination.steps)});
    if (examination.quick) words.push_back("--quick");
    return command(words);
}

Html claim_section(const Examined& examination, const Examined* real, Language language,
                   const std::filesystem::path& page_folder) {
    const Claim& claim = *examination.claim;
    const Html quick =
        examination.quick
            ? tag("p", {{"class", "warning"}},
                  say(language, "Examined with --quick, a tenth of the steps: these verdicts mean nothing.",
                      "--quick으로 걸음을 10분의 1만 한 결과이므로 판정에는 의미가 없습니다."))
            : Html();
    return tag("section", {{"id", claim.name}, {"class", "claim"}},
               tag("p", {{"class", "over"}}, tag("code", {}, claim.name)) + tag("h2", {}, claim.question.in(language)) +
                   quick + answer(examination, language) + formulas(claim) + findings(examination, language) +
                   how(examination, language, page_folder) + real_block(real, language));
}

}  // namespace normlab
