#include "lab/claims/verdict.h"

#include <cmath>

#include "lab/claims/answer.h"
#include "lab/claims/claims.h"
#include "lab/claims/evidence_json.h"
#include "lab/claims/phrases.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

constexpr double kInfinite = INFINITY;

Check proof_of(std::vector<double> values, Accepted accepted) {
    return proof("id", {1}, {"what", "무엇"}, std::move(values), accepted);
}
const Check kMet = proof_of({1}, at_least(0)), kMissed = proof_of({-1}, at_least(0)),
            kUndecided = proof_of({-1, 1}, at_least(0));
Check limit_like(Check check) {
    check.role = Check::Role::limit;
    return check;
}
Check control_like(Check check) {
    check.role = Check::Role::control, check.statements = {};
    return check;
}

Verdict verdict_of(const std::vector<Check>& checks) {
    return verdict_on(1, checks);
}

}  // namespace

TEST_CASE("a check is met if its interval lies in the range and missed if it lies outside, else undecided",
          "[claims]") {
    // of 1, 2, 3: 2 ± 4.303/√3 = [-0.48, 4.48]
    REQUIRE(near(measured(proof_of({1, 2, 3}, {})).low, 2 - 4.302652729749464 / std::sqrt(3), 1e-9));
    REQUIRE(result_of(proof_of({1, 2, 3}, at_least(-0.5))) == CheckResult::met);
    REQUIRE(result_of(proof_of({1, 2, 3}, between(-1, 5))) == CheckResult::met);
    REQUIRE(result_of(proof_of({1, 2, 3}, at_least(4.5))) == CheckResult::missed);
    REQUIRE(result_of(proof_of({1, 2, 3}, at_most(-0.5))) == CheckResult::missed);
    REQUIRE(result_of(proof_of({1, 2, 3}, at_least(0))) == CheckResult::undecided);
    REQUIRE(result_of(proof_of({1, 2, 3}, between(0, 1))) == CheckResult::undecided);
}

TEST_CASE("a single number is its own interval: it is never undecided", "[claims]") {
    REQUIRE(result_of(proof_of({0}, at_most(0))) == CheckResult::met);
    REQUIRE(result_of(proof_of({1e-300}, at_most(0))) == CheckResult::missed);
    REQUIRE(result_of(proof_of({64}, between(64, 64))) == CheckResult::met);
}

TEST_CASE("a ratio is averaged as its logarithm", "[claims]") {
    const Measured found = measured(proof_of({0.5, 2}, {}).as_ratio());
    REQUIRE(near(found.value, 1, 1e-12));
    REQUIRE(near(found.low * found.high, 1, 1e-9));
}

TEST_CASE("numbers that are not finite reach to the end, and one that is none decides nothing", "[claims]") {
    REQUIRE(result_of(proof_of({3, 5, kInfinite}, at_least(2))) == CheckResult::met);
    REQUIRE(result_of(proof_of({1, 5, kInfinite}, at_least(2))) == CheckResult::undecided);
    REQUIRE(result_of(proof_of({kInfinite, kInfinite}, at_most(2))) == CheckResult::missed);
    REQUIRE(result_of(proof_of({0, 4}, at_least(2)).as_ratio()) == CheckResult::undecided);
    REQUIRE(result_of(proof_of({1, NAN}, at_least(0))) == CheckResult::undecided);
    REQUIRE(result_of(proof_of({}, at_least(0))) == CheckResult::undecided);
}

TEST_CASE("a verdict follows from proofs, limits and controls", "[claims]") {
    using enum Verdict;
    REQUIRE(verdict_of({kMet, kMet}) == holds);
    REQUIRE(verdict_of({kMet, kMissed}) == contradicted);
    REQUIRE(verdict_of({kMet, kUndecided}) == undecided);
    REQUIRE(verdict_of({kMissed, kUndecided}) == contradicted);
    REQUIRE(verdict_of({kMet, limit_like(kMet)}) == in_part);
    REQUIRE(verdict_of({kMet, limit_like(kMissed)}) == holds);
    REQUIRE(verdict_of({kMet, limit_like(kUndecided)}) == undecided);
    REQUIRE(verdict_of({limit_like(kMet)}) == undecided);  // nothing was proved
    REQUIRE(verdict_of({}) == undecided);
    REQUIRE(verdict_of({kMet, control_like(kMissed)}) == invalid);
    REQUIRE(verdict_of({kMissed, control_like(kMissed)}) == invalid);
    REQUIRE(verdict_of({kMet, control_like(kUndecided)}) == undecided);
    REQUIRE(verdict_of({kMet, control_like(kMet)}) == holds);
}

TEST_CASE("an instrument that may be broken contradicts nothing", "[claims]") {
    CHECK(verdict_of({kMissed, control_like(kUndecided)}) == Verdict::undecided);
    CHECK(verdict_of({kMissed, control_like(kMissed)}) == Verdict::invalid);
}

TEST_CASE("the checks of one statement decide nothing about another, reports nothing at all", "[claims]") {
    Check other = kMissed;
    other.statements = {2};
    REQUIRE(verdict_of({kMet, other}) == Verdict::holds);
    REQUIRE(verdict_of({kMet, report("id", {1}, {"what", "무엇"}, {5})}) == Verdict::holds);
}

TEST_CASE("several experiments on a statement come to the worst of their verdicts", "[claims]") {
    using enum Verdict;
    REQUIRE(together(std::vector{holds, in_part}) == in_part);
    REQUIRE(together(std::vector{contradicted, holds}) == contradicted);
    REQUIRE(together(std::vector{contradicted, undecided, invalid}) == invalid);
    REQUIRE(together({}) == undecided);
}

TEST_CASE("what is undecided says how many seeds may decide", "[claims]") {
    // The half-width shrinks as √n: of 1 ± 12.7 from two seeds, 1 is left with 2·12.7² = 323.
    const Check check = proof_of({0, 2}, at_least(0));
    REQUIRE(seeds_to_decide(check) == 323);
    REQUIRE(contains(advice_on(check, Language::en), "--seeds 323"));
    REQUIRE(advice_on(kMet, Language::en).empty());
    REQUIRE(seeds_to_decide(proof_of({1, kInfinite}, at_least(2))) == 0);
    REQUIRE(seeds_to_decide(proof_of({0.1, 0.2, -0.3}, at_least(0))) == 0);  // the mean is rounding
}

TEST_CASE("evidence is the same after JSON, infinite numbers and missing bounds as well", "[claims]") {
    Check check = proof("rate", {16, 18}, {"largest", "가장 큰"}, {1, kInfinite, -kInfinite}, at_least(10));
    check = std::move(check).as_ratio().from("2015, 4.2");
    const Check back = check_from(Json::parse(to_json(check).dump()));
    REQUIRE(back.values == check.values);
    REQUIRE(back.accepted.low == check.accepted.low);
    REQUIRE_FALSE(back.accepted.high.has_value());
    REQUIRE(to_json(back) == to_json(check));
    const Picture plot =
        Plot{.title = {"Loss", "손실"},
             .x_logarithmic = true,
             .curves = {{.name = {"a", "가"}, .x = {1, 2}, .y = {NAN, 1}, .style = Plot::Curve::Style::bars}},
             .lines = {{2, {"two", "둘"}}}};
    const Picture map = Map{.title = {"Map", "그림"}, .rows = {"0"}, .columns = {"0", "1"}, .values = {1, -1}};
    for (const Picture& picture : {plot, map}) REQUIRE(to_json(picture_from(to_json(picture))) == to_json(picture));
    REQUIRE_THROWS(check_from(Json{{"id", "rate"}}));
}

TEST_CASE("an answer leads with what holds, then in part, then what was not found", "[claims]") {
    static const Claim claim = {.name = "made-up", .statements = {46, 17, 31}};
    Examined examination{.claim = &claim};
    const auto add = [&](Check check, int statement) {
        check.statements = {statement};
        examination.evidence.checks.push_back(check);
    };
    add(kMissed, 46), add(kMet, 17), add(limit_like(kMet), 17), add(kMet, 31);
    REQUIRE(in_one_sentence(answer_of(examination, Language::en), Language::en) ==
            "It holds that " + statement(31).text.en + "; it holds in part that " + statement(17).text.en +
                "; it was not found that " + statement(46).text.en + ".");
    const std::string korean = in_one_sentence(answer_of(examination, Language::ko), Language::ko);
    REQUIRE(korean.starts_with("성립: " + statement(31).text.ko));
    REQUIRE(contains(korean, "확인되지 않음: " + statement(46).text.ko));
}
