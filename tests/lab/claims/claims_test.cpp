#include <atomic>
#include <cmath>
#include <set>

#include "framework/support/files.h"
#include "framework/support/threads.h"
#include "lab/claims/chapters.h"
#include "lab/claims/claim_pictures.h"
#include "lab/claims/claims.h"
#include "lab/claims/claims_page.h"
#include "lab/claims/errata.h"
#include "lab/claims/workbench/workbench.h"
#include "lab/run/run_lock.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/markup.h"
#include "tests/support.h"
#include "tests/temporary.h"

using namespace normlab;
using namespace normlab::test;

namespace {

bool in_both_languages(const Words& words) {
    return !words.en.empty() && !words.ko.empty();
}

// Four trainings; the numbers of each are kept, and how many were computed is counted.
std::atomic<int> computed = 0;
Evidence examine_trainings(Workbench& bench) {
    const DataSet& images = bench.images("digits", 256, 64);
    const std::vector<Numbers> found = bench.each({"a", "b", "c", "d"}, [&](std::size_t piece) -> Numbers {
        const auto net = make_net({.layers = mlp(1, 16, "relu"), .norm = "batch"}, piece + 1);
        const Training training = bench.train(*net, images, {.rate = 0.1, .steps = 5}, piece + 1);
        ++computed;
        return {{"losses", training.losses}};
    });
    Evidence evidence;
    for (const Numbers& each : found)
        evidence.checks.push_back(proof("loss-" + std::to_string(evidence.checks.size()), {1}, {"losses", "손실"},
                                        each.at("losses"), at_least(0)));
    return evidence;
}
const Claim kTrainings = {.name = "trainings",
                          .question = {"Does it train?", "학습되나요?"},
                          .statements = {1},
                          .seconds = 1,
                          .seeds = 1,
                          .examine = {examine_trainings}};

Json checks_of(const Examined& examination) {
    return to_json(examination)["checks"];
}

}  // namespace

TEST_CASE("every statement that can be tested says what is expected and why in both languages", "[claims]") {
    int number = 0;
    for (const Statement& each : statements()) {
        INFO(each.number);
        CHECK(each.number == ++number);
        CHECK(in_both_languages(each.text));
        CHECK(in_both_languages(each.why));
        CHECK_FALSE(each.text.en.ends_with('.'));
    }
    CHECK(number == 66);
    for (const Erratum& each : errata()) CHECK(in_both_languages(each.text));
}

TEST_CASE("every claim is told of in one chapter of the guide, and its statements can be tested", "[claims]") {
    std::multiset<std::string> told;
    for (const Chapter& chapter : chapters()) told.insert(chapter.claims.begin(), chapter.claims.end());
    for (const Claim* claim : claims()) {
        INFO(claim->name);
        CHECK(told.count(claim->name) == 1);
        CHECK(find_claim(claim->name) == claim);
        for (const Words& words : {claim->question, claim->setting, claim->refutation}) CHECK(in_both_languages(words));
        CHECK_FALSE(claim->statements.empty());
        for (const int number : claim->statements) CHECK(statement(number).expected.has_value());
    }
}

TEST_CASE("every statement that can be tested has a claim", "[claims]") {
    for (const Statement& each : statements()) {
        INFO(each.number);
        CHECK(claims_about(each.number).empty() != each.expected.has_value());
    }
}

TEST_CASE("every claim runs through, with a tenth of its steps", "[claims]") {
    const TemporaryFolder folder;
    for (const Claim* claim : claims()) {
        INFO(claim->name);
        const Examined found = examine(*claim, {.out = folder.path(), .seeds = 1, .quick = true});
        std::set<std::string> ids;
        bool controlled = false;
        for (const Check& check : found.evidence.checks) {
            INFO(check.id);
            CHECK(ids.insert(check.id).second);
            CHECK(in_both_languages(check.what));
            CHECK_FALSE(check.values.empty());
            for (const int number : check.statements)
                CHECK(std::ranges::find(claim->statements, number) != claim->statements.end());
            controlled = controlled || check.role == Check::Role::control;
        }
        CHECK(controlled);
        for (const int number : claim->statements)
            CHECK(std::ranges::any_of(found.evidence.checks, [&](const Check& check) {
                return check.role == Check::Role::proof &&
                       std::ranges::find(check.statements, number) != check.statements.end();
            }));
        CHECK_FALSE(found.evidence.pictures.empty());
        write_pictures(found, folder.path());
        const std::string picture = read_file(folder / (std::string(claim->name) + "/" + claim->name + "-1.svg"));
        CHECK(nesting_error(picture).empty());
        CHECK(picture.size() < 60000);
        const auto read = read_examination(*claim, folder.path());
        REQUIRE(read.has_value());
        CHECK(to_json(*read) == to_json(found));
        for (const Language language : {Language::en, Language::ko}) {
            const std::string page = to_html(ClaimsPage{.examined = {found}, .language = language});
            CHECK(nesting_error(page).empty());
            CHECK(contains(page, escaped(claim->question.in(language))));
            CHECK(contains(page, "mean nothing") == (language == Language::en));
        }
    }
}

TEST_CASE("a claim that needs some steps says something after so many, and with fewer how many it needs", "[claims]") {
    const TemporaryFolder folder;
    for (const Claim* claim : claims()) {
        if (claim->least_steps == 1) continue;
        INFO(claim->name);
        ExamineOptions options{.out = folder.path(), .seeds = 1, .steps = claim->least_steps};
        const Examined found = examine(*claim, options);
        for (const Check& check : found.evidence.checks) {
            INFO(check.id);
            CHECK(std::ranges::none_of(check.values, [](double value) { return std::isnan(value); }));
        }
        options.steps = claim->least_steps - 1;
        CHECK(contains(error_of([&] { examine(*claim, options); }),
                       "it needs at least " + std::to_string(claim->least_steps)));
    }
}

TEST_CASE("the formula is as expected, to the last digit that is accepted", "[claims]") {
    const TemporaryFolder folder;
    const Claim* claim = find_claim("formula");
    const Examined found = examine(*claim, {.out = folder.path()});
    for (const int number : claim->statements) {
        INFO(number);
        CHECK(found.verdict(number) == statement(number).expected);
    }
}

TEST_CASE("an experiment that was stopped goes on with what is left, and ends with the same numbers", "[claims]") {
    const TemporaryFolder folder;
    const Json whole = checks_of(examine(kTrainings, {.out = folder / "whole"}));
    std::atomic<bool> stop = false;
    ExamineOptions options{.out = folder / "stopped", .stop = &stop};
    options.progress = [&](std::size_t done, std::size_t) { stop = done >= 1; };
    const ThreadCount one(1);
    computed = 0;
    REQUIRE_THROWS_AS(examine(kTrainings, options), Stopped);
    REQUIRE(computed < 4);
    REQUIRE_FALSE(read_examination(kTrainings, options.out).has_value());
    options.stop = nullptr, options.progress = {};
    REQUIRE(checks_of(examine(kTrainings, options)) == whole);
    REQUIRE(computed == 4);
}

TEST_CASE("an experiment has the same bits with one thread and with two", "[claims]") {
    const TemporaryFolder folder;
    std::vector<Json> found;
    for (const int threads : {1, 2}) {
        const ThreadCount count(threads);
        found.push_back(checks_of(examine(kTrainings, {.out = folder / std::to_string(threads)})));
    }
    REQUIRE(found[0] == found[1]);
}

TEST_CASE("evidence is of its options: other seeds, steps or size need another examination", "[claims]") {
    const TemporaryFolder folder;
    const ExamineOptions options{.out = folder.path(), .seeds = 2};
    const Examined found{.claim = &kTrainings, .seeds = {1, 2}};
    REQUIRE(is_of(found, options));
    for (const auto& change : std::vector<std::function<void(ExamineOptions&)>>{
             [](ExamineOptions& other) { other.seeds = 3; }, [](ExamineOptions& other) { other.first_seed = 11; },
             [](ExamineOptions& other) { other.steps = 5; }, [](ExamineOptions& other) { other.quick = true; },
             [](ExamineOptions& other) { other.real = true; }}) {
        ExamineOptions other = options;
        change(other);
        CHECK_FALSE(is_of(found, other));
    }
}

TEST_CASE("the page has a cell and a row for every statement, and kind words for what was not found", "[claims]") {
    Examined found{.claim = find_claim("axes"), .seeds = {1}, .kernels = "v3"};
    for (const int number : found.claim->statements)
        found.evidence.checks.push_back(proof("id" + std::to_string(number), {number}, {"a < b", "가 < 나"},
                                              {number == 54 ? 1.0 : 0.0}, at_most(0)));
    const std::string page = to_html(ClaimsPage{.examined = {found}, .real = {}, .language = Language::en});
    REQUIRE(nesting_error(page).empty());
    REQUIRE(contains(page, "a &lt; b"));
    for (const Statement& each : statements()) {
        INFO(each.number);
        const std::string number = std::to_string(each.number);
        CHECK(contains(page, "<tr id=\"statement-" + number + "\">"));
        CHECK(contains(page, "<b>" + number + "</b>"));
    }
    REQUIRE(contains(page, "<li class=\"not-found surprising\"><a href=\"#axes-54\""));
    REQUIRE(contains(page, "not found here"));
    REQUIRE_FALSE(contains(page, "contradicted"));
    const std::string korean = to_html(ClaimsPage{.examined = {found}, .real = {}, .language = Language::ko});
    REQUIRE(contains(korean, "<html lang=\"ko\">"));
    REQUIRE(contains(korean, "여기서는 확인되지 않음"));
    REQUIRE(all_between(page, "<table", ">").size() == all_between(korean, "<table", ">").size());
}

TEST_CASE("normlab claims lists, examines, and says what is wrong with its command line", "[claims]") {
    const TemporaryFolder folder;
    const auto run = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "claims");
        return run_normlab(folder.path(), words);
    };
    const Ended list = run({});
    REQUIRE(list.status == 0);
    for (const Claim* claim : claims()) CHECK(contains(list.out, claim->name));
    const Ended examined = run({"formula"});
    REQUIRE(examined.status == 0);
    REQUIRE(contains(examined.out, "6 verdicts as expected. Page: runs/claims/claims.html"));
    for (const char* file :
         {"claims.html", "claims_ko.html", "claims.json", "formula/evidence.json", "formula/formula-1.svg"})
        CHECK(std::filesystem::exists(folder.path() / "runs/claims" / file));
    REQUIRE(Json::parse(run({"formula", "--json"}).out)["claims"][0]["statements"][0]["verdict"] == "holds");
    REQUIRE(Json::parse(run({"--statements", "--json"}).out).size() == 66);

    replace_file(folder.path() / "runs/claims/formula/evidence.json", "{\"version\": 1");
    const Ended damaged = run({});
    REQUIRE(damaged.status == 0);
    REQUIRE(contains(damaged.err, "formula/evidence.json"));
    REQUIRE(contains(damaged.err, "normlab claims formula examines it again"));

    {
        const RunLock lock({folder.path() / "runs/claims"});
        const Ended second = run({"formula"});
        REQUIRE(second.status == 1);
        REQUIRE(contains(second.err, "another process examines claims in runs/claims"));
    }

    struct Wrong {
        std::vector<std::string> words;
        std::string says;
    };
    for (const auto& [words, says] : std::vector<Wrong>{{{"axs"}, "there is no claim \"axs\"; did you mean \"axes\"?"},
                                                        {{"axes", "--lang", "xx"}, "--lang xx: there are en and ko"},
                                                        {{"axes", "--seeds", "0"}, "at least 1"},
                                                        {{"--all", "axes"}, "leave the names out, or --all"},
                                                        {{"--again"}, "there is nothing to examine"},
                                                        {{"--statements", "axes"}, "--statements examines nothing"},
                                                        {{"axes", "--real"}, "has no --real"}}) {
        const Ended outcome = run(words);
        INFO(outcome.err);
        CHECK(outcome.status == 2);
        CHECK(contains(outcome.err, says));
    }
}
