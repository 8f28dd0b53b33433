#include "lab/claims/claims_page.h"

#include <algorithm>
#include <array>

#include "framework/kernels/kernels.h"
#include "framework/support/shell.h"
#include "framework/support/threads.h"
#include "lab/claims/claim_section.h"
#include "lab/claims/claims.h"
#include "lab/claims/claims_style.h"
#include "lab/claims/errata.h"
#include "lab/claims/phrases.h"
#include "lab/report/page.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

const Examined* find(const std::vector<Examined>& all, const std::string& claim) {
    const auto found = std::ranges::find_if(all, [&](const Examined& each) { return each.claim->name == claim; });
    return found == all.end() ? nullptr : &*found;
}

// What all experiments on a statement came to; empty if none was done.
std::optional<Verdict> verdict_on(int number, const std::vector<Examined>& examined) {
    std::vector<Verdict> verdicts;
    for (const Examined& each : examined)
        if (std::ranges::find(each.claim->statements, number) != each.claim->statements.end())
            verdicts.push_back(each.verdict(number));
    return verdicts.empty() ? std::nullopt : std::optional(together(verdicts));
}

// Where the page tells of a statement: in the first experiment that examined it, or else in the table.
std::string place_of(int number, const std::vector<Examined>& examined) {
    for (const Examined& each : examined)
        if (std::ranges::find(each.claim->statements, number) != each.claim->statements.end())
            return "#" + std::string(each.claim->name) + "-" + std::to_string(number);
    return "#statement-" + std::to_string(number);
}

struct Sum {
    std::array<int, 5> of = {};  // each verdict
    int examined = 0, testable = 0;
};
Sum sum_of(const std::vector<Examined>& examined) {
    Sum sum;
    for (const Statement& each : statements()) {
        sum.testable += each.expected.has_value();
        const std::optional<Verdict> verdict = verdict_on(each.number, examined);
        if (!verdict) continue;
        sum.examined += 1;
        sum.of[static_cast<std::size_t>(*verdict)] += 1;
    }
    return sum;
}

Html lead(const Sum& sum, Language language) {
    const std::string all = std::to_string(statements().size()), testable = std::to_string(sum.testable),
                      done = std::to_string(sum.examined);
    if (language == Language::en)
        return tag("p", {{"class", "lead"}},
                   "Courses on batch norm and its relatives make the same " + all + " statements. " + testable +
                       " of them can be put to a test on two processor cores; " +
                       (sum.examined == sum.testable ? "all of them" : done) +
                       " have been. Each has a number that could have come out otherwise, a range in which it had to "
                       "lie, and a control.");
    return tag("p", {{"class", "lead"}},
               "배치 정규화 강의들이 되풀이하는 문장 " + all + "개 가운데 " + testable +
                   "개는 프로세서 코어 두 개로 시험해 볼 수 있습니다. 지금까지 " +
                   (sum.examined == sum.testable ? "모두" : done + "개를") +
                   " 시험했습니다. 문장마다 달라질 수도 있었던 측정값과 그 값이 들어야 할 범위, 그리고 대조 실험이 "
                   "있습니다.");
}

Html counts(const Sum& sum, Language language) {
    struct Item {
        Verdict verdict;
        const char *english, *korean;
    };
    Html items;
    for (const auto& [verdict, english, korean] :
         {Item{Verdict::holds, "hold", "성립"}, Item{Verdict::in_part, "hold in part", "일부 성립"},
          Item{Verdict::contradicted, "not found here", "확인되지 않음"},
          Item{Verdict::undecided, "undecided", "판정 보류"},
          Item{Verdict::invalid, "without valid control", "무효"}}) {
        const int count = sum.of[static_cast<std::size_t>(verdict)];
        if (count == 0 && verdict >= Verdict::undecided) continue;
        items += tag("li", {{"class", css_name(verdict)}},
                     tag("b", {}, std::to_string(count)) +
                         tag("span", {}, tag("i", {}, sign_of(verdict)) + say(language, english, korean)));
    }
    if (const int open = sum.testable - sum.examined; open > 0)
        items += tag("li", {{"class", "open"}},
                     tag("b", {}, std::to_string(open)) +
                         tag("span", {}, tag("i", {}, "·") + say(language, "not examined yet", "아직 시험 전")));
    items += tag("li", {{"class", "untested"}},
                 tag("b", {}, std::to_string(static_cast<int>(statements().size()) - sum.testable)) +
                     tag("span", {}, tag("i", {}, "–") + say(language, "cannot be tested", "시험할 수 없음")));
    return tag("ul", {{"class", "sum"}}, items);
}

Html cell(const Statement& about, const std::vector<Examined>& examined, Language language) {
    const std::optional<Verdict> verdict = verdict_on(about.number, examined);
    std::string kind = verdict ? css_name(*verdict) : about.expected ? "open" : "untested";
    if (verdict && verdict != about.expected) kind += " surprising";
    const std::string sign = verdict ? sign_of(*verdict) : about.expected ? "·" : "–";
    const std::string found = verdict ? found_in(*verdict, language) : expectation_in(about, language);
    const std::string hint = capitalized(about.text.in(language)) + ": " +
                             (verdict || !about.expected ? found : say(language, "not examined yet", "아직 시험 전"));
    return tag("li", {{"class", kind}},
               tag("a", {{"href", place_of(about.number, examined)}, {"title", hint}},
                   tag("b", {}, std::to_string(about.number)) + tag("i", {}, sign)));
}

Html strip(const std::vector<Examined>& examined, Language language) {
    Html cells;
    for (const Statement& each : statements()) cells += cell(each, examined, language);
    return tag("ol", {{"class", "strip"}}, cells);
}

Html contents(const std::vector<Examined>& examined, Language language) {
    Html items;
    for (const Claim* claim : claims()) {
        const Examined* examination = find(examined, claim->name);
        Html signs;
        if (examination != nullptr)
            for (const int number : claim->statements) {
                const Verdict verdict = examination->verdict(number);
                signs += tag("i", {{"class", css_name(verdict)}}, sign_of(verdict));
            }
        const Html question = tag("span", {}, claim->question.in(language));
        items += tag("li", {},
                     examination != nullptr
                         ? tag("a", {{"href", "#" + std::string(claim->name)}},
                               question + tag("span", {{"class", "signs"}}, signs))
                         : tag("a", {{"class", "later"}},
                               question + tag("span", {}, say(language, "not examined yet", "아직 시험 전"))));
    }
    return tag("ol", {{"class", "contents"}}, items);
}

Html heading(const ClaimsPage& page) {
    const Sum sum = sum_of(page.examined);
    const Language language = page.language;
    return tag(
        "header", {},
        tag("p", {{"class", "over"}}, "Normlab claims") +
            tag("h1", {}, say(language, "What normalization does, measured", "정규화에 대한 믿음, 재어 보았습니다")) +
            lead(sum, language) + counts(sum, language) + strip(page.examined, language) +
            contents(page.examined, language));
}

Html statement_row(const Statement& about, const std::vector<Examined>& examined, Language language) {
    const std::optional<Verdict> verdict = verdict_on(about.number, examined);
    const std::string place = place_of(about.number, examined), number = std::to_string(about.number);
    const bool told = !place.starts_with("#statement-");
    const Html text = capitalized(about.text.in(language)) + ".";
    const Html found = verdict ? badge(*verdict, language) : Html(about.expected ? "·" : "–");
    const bool same = verdict == about.expected;
    return tag("tr", {{"id", "statement-" + number}},
               tag("td", {}, number) +
                   tag("td", {},
                       (told ? tag("a", {{"href", place}}, text) : text) +
                           tag("p", {{"class", "why"}}, about.why.in(language))) +
                   tag("td", {{"class", "lessons"}}, about.lessons) + tag("td", {}, found) +
                   tag("td", {{"class", same ? "same" : ""}}, expectation_in(about, language)));
}

Html statements_section(const std::vector<Examined>& examined, Language language) {
    Html head, rows;
    for (const auto& title :
         {say(language, "No.", "번호"), say(language, "Statement, and why that is expected", "문장과 예상의 이유"),
          say(language, "Lessons", "강의"), say(language, "Found", "결과"), say(language, "Expected", "예상")})
        head += tag("th", {{"scope", "col"}}, title);
    for (const Statement& each : statements()) rows += statement_row(each, examined, language);
    return section(
        say(language, "All statements", "모든 문장"),
        say(language,
            "In our words. What is expected, and why, was written down before it was measured; a surprise "
            "would stand in the column beside it.",
            "우리말로 다시 쓴 문장입니다. 예상과 그 이유는 측정하기 전에 적었고, 예상과 다른 결과는 그 옆 칸에 "
            "드러납니다."),
        tag("table", {{"class", "statements"}}, tag("thead", {}, tag("tr", {}, head)) + tag("tbody", {}, rows)),
        "statements");
}

Html errata_section(Language language) {
    Html list;
    for (const Erratum& each : errata())
        list += tag("dt", {}, say(language, "Lesson ", "강의 ") + each.lesson) + tag("dd", {}, each.text.in(language));
    return section(say(language, "To be read with care", "가려 읽을 곳"),
                   say(language,
                       "Good lessons, from which much of this page was learned. In a few places their words go further "
                       "than what they tell of.",
                       "이 페이지도 많이 배운 좋은 강의들입니다. 다만 몇 군데는 말이 사실보다 조금 앞서 갑니다."),
                   tag("dl", {{"class", "errata"}}, list), "errata");
}

Html environment_section(const ClaimsPage& page) {
    const Language language = page.language;
    PlainTable table{.columns = {{say(language, "Experiment", "실험")},
                                 {say(language, "Data", "데이터")},
                                 {say(language, "Seeds", "시드"), true},
                                 {say(language, "Kernels", "커널")},
                                 {say(language, "Time", "시간"), true}}};
    const auto add = [&](const std::vector<Examined>& all) {
        for (const Examined& each : all)
            table.rows.push_back({tag("code", {}, each.claim->name),
                                  each.real ? each.claim->real_data : say(language, "drawn digits", "그려진 숫자"),
                                  std::to_string(each.seeds.size()), each.kernels, duration(each.seconds)});
    };
    add(page.examined), add(page.real);
    const std::string note =
        language == Language::en
            ? "Everything is computed by Normlab, in C++ from scratch; the same seed gives the same "
              "numbers with any number of threads. To do it all again: "
            : "모든 계산은 C++로 처음부터 짠 Normlab이 합니다. 같은 시드는 스레드 수와 무관하게 같은 "
              "수를 냅니다. 전부 다시 하려면: ";
    return section(
        say(language, "How it was examined", "측정 환경"), "",
        tag("p", {{"class", "note"}}, note + tag("code", {}, command({"claims", "--all", "--again"}))) + to_html(table),
        "environment");
}

}  // namespace

Json claims_json(const std::vector<Examined>& examined) {
    Json all = Json::array();
    for (const Examined& each : examined) all.push_back(to_json(each));
    return {{"version", 1}, {"machine", {{"kernels", kernels().name}, {"threads", threads()}}}, {"claims", all}};
}

std::string to_html(const ClaimsPage& page) {
    Html body = heading(page);
    for (const Claim* claim : claims()) {
        const Examined* examination = find(page.examined, claim->name);
        const Examined* real = find(page.real, claim->name);
        if (examination != nullptr)
            body += claim_section(*examination, real, page.language, page.folder);
        else if (real != nullptr)
            body += claim_section(*real, nullptr, page.language, page.folder);
    }
    body +=
        statements_section(page.examined, page.language) + errata_section(page.language) + environment_section(page);
    return to_html(Page{.title = say(page.language, "Normalization, measured · Normlab", "정규화, 재어 보기 · Normlab"),
                        .body = body,
                        .language = page.language == Language::en ? "en" : "ko",
                        .style = kClaimsStyle});
}

}  // namespace normlab
