#include "lab/compare/verdict.h"

#include "lab/compare/result_files.h"
#include "tests/catch.h"
#include "tests/lab/sample_comparison.h"

using namespace normlab;
using namespace normlab::test;

namespace {

using Sentences = std::vector<std::string>;

// Variants a, b, … with these final accuracies, seed by seed; a negative one diverges in step 312.
Comparison with_accuracies(const std::vector<std::vector<double>>& accuracies) {
    Json list = Json::array(), seeds = Json::array();
    for (std::size_t i = 0; i < accuracies.size(); ++i)
        list.push_back(
            {{"label", std::string(1, static_cast<char>('a' + i))}, {"set", {{"optim.lr", 0.1 + double(i)}}}});
    for (std::size_t seed = 1; seed <= accuracies[0].size(); ++seed) seeds.push_back(seed);
    Comparison comparison = planned({{"list", list}, {"axes", {{"seed", seeds}}}});
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        const double accuracy = accuracies[i / seeds.size()][i % seeds.size()];
        if (accuracy < 0)
            diverge(comparison.runs[i], 312);
        else
            end_with(comparison.runs[i], accuracy);
    }
    return comparison;
}

Sentences verdict_of(const std::vector<std::vector<double>>& accuracies) {
    const Comparison comparison = with_accuracies(accuracies);
    return verdict(arranged(comparison));
}

}  // namespace

TEST_CASE("a lead is said with its interval, a tie is said as one", "[verdict]") {
    // a - b is 0.1, 0.11 and 0.12: 11 points, and 4.3027 x 1 / sqrt(3) = 2.48 about them (Student's t, 2 degrees)
    REQUIRE(verdict_of({{0.90, 0.92, 0.91}, {0.80, 0.81, 0.79}, {0.915, 0.915, 0.915}}) ==
            Sentences{"c ends highest with 91.50 %, the mean over 3 seeds.", "a leads b by 11.0 \u00b1 2.5 points.",
                      "c cannot be told apart from a."});
}

TEST_CASE("what all seeds have in common cancels out of a difference", "[verdict]") {
    // Far apart from seed to seed, but b is always 1.0 to 1.2 points above a.
    const Comparison comparison = with_accuracies({{0.5, 0.7, 0.9}, {0.511, 0.71, 0.912}});
    const std::vector<Contrast> all = contrasts(arranged(comparison));
    REQUIRE(all.size() == 1);
    REQUIRE(all[0].difference->paired);
    REQUIRE(verdict(arranged(comparison))[1] == "b leads a by 1.1 \u00b1 0.2 points.");
}

TEST_CASE("where a seed is missing on one side the others pair", "[verdict]") {
    const Comparison comparison = with_accuracies({{0.5, 0.7, 0.9}, {0.511, -1, 0.912}});
    const std::vector<Contrast> all = contrasts(arranged(comparison));
    REQUIRE(all[0].difference->paired);
    REQUIRE(all[0].difference->degrees == 1);
    REQUIRE(verdict(arranged(comparison)).back() ==
            "b diverged in 1 of 3 runs (at step 312); means are over the other runs.");
}

TEST_CASE("the more variants are tried, the clearer a lead must be", "[verdict]") {
    const std::vector<double> first = {0.90, 0.90, 0.90}, ahead = {0.910, 0.914, 0.909}, alike = {0.89, 0.91, 0.90};
    REQUIRE(verdict_of({first, ahead})[1] == "b leads a by 1.1 \u00b1 0.7 points.");
    REQUIRE(verdict_of({first, ahead, alike, alike, alike})[1] == "b, c, d and e cannot be told apart from a.");
}

TEST_CASE("with one seed nothing is said about spread", "[verdict]") {
    REQUIRE(
        verdict_of({{0.9}, {0.95}}) ==
        Sentences{
            "b ends highest with 95.00 %.",
            "That may be chance: with fewer than two finished runs of a variant nothing can be said about spread."});
    REQUIRE(verdict_of({{0.9, 0.91}, {0.95, -1}}) ==
            Sentences{
                "b ends highest with 95.00 %.",
                "That may be chance: with fewer than two finished runs of a variant nothing can be said about spread.",
                "b diverged in 1 of 2 runs (at step 312); means are over the other runs."});
    REQUIRE(verdict_of({{-1, -1}}) == Sentences{"a diverged in 2 of 2 runs (at step 312 and 312)."});
    REQUIRE(verdict(arranged(planned({{"axes", {{"seed", {1, 2}}}}}))).empty());
}

TEST_CASE("over several conditions it is said where a lead begins and ends", "[verdict]") {
    const Comparison comparison = sample_grid("data.batch_size", {2, 4, 8, 16, 32, 64});
    const Sentences said = verdict(arranged(comparison));
    REQUIRE(said.size() == 2);
    REQUIRE(contains(said[0], " ends highest, at batch size "));
    // 4.3027 x 0.4 / sqrt(3) = 0.99 points about each difference
    REQUIRE(said[1] ==
            "At batch size 2 and 4 group leads batch by 6.6 \u00b1 1.0 and 3.3 \u00b1 1.0 points; from batch size 8 "
            "on they cannot be told apart.");
}

TEST_CASE("norms are the variants, batch sizes and learning rates the conditions", "[verdict]") {
    const Comparison comparison = sample_grid("optim.lr", {0.1, 0.4, 1.6});
    const Results results = arranged(comparison);
    REQUIRE(results.variants == Sentences{"batch", "group"});
    REQUIRE(results.condition_title == "learning rate");
    REQUIRE(results.condition_numbers == std::vector<double>{0.1, 0.4, 1.6});
    REQUIRE(results.cell(1, 2).diverged() == 3);
    REQUIRE(verdict(results).back() ==
            "group diverged at learning rate 1.6 in 3 of 3 runs (at step 327, 328 and 329).");
}

TEST_CASE("the summary has mean, deviation, interval and the time to accuracies", "[verdict]") {
    Comparison comparison = with_accuracies({{0.90, 0.92, 0.91}, {0.80, 0.81, -1}});
    for (ComparedRun& run : comparison.runs)  // known numbers in every epoch
        for (std::size_t epoch = 0; epoch < run.metrics.size(); ++epoch)
            run.metrics[epoch].test->accuracy *= epoch < 4 ? 0.5 : 1,
                run.metrics[epoch].seconds = 3.0 * (1.0 + double(epoch));
    comparison.sweep.targets = {0.85, 0.99};
    const Json summary = summary_json(comparison);
    const Json& a = summary["variants"][0];
    const Json& b = summary["variants"][1];
    REQUIRE(std::abs(a["final_accuracy"]["mean"].get<double>() - 0.91) < 1e-12);
    REQUIRE(std::abs(a["final_accuracy"]["std"].get<double>() - 0.01) < 1e-12);
    REQUIRE(std::abs(a["final_accuracy"]["ci95"][0].get<double>() - (0.91 - 4.302652729749 * 0.01 / std::sqrt(3))) <
            1e-12);
    REQUIRE(a["to_accuracy"][0]["reached"] == 3);
    const auto mean = [&](const char* what) { return a["to_accuracy"][0][what]["mean"].get<double>(); };
    REQUIRE(std::abs(mean("seconds") - 3 * mean("epochs")) < 1e-12);
    REQUIRE(a["to_accuracy"][1] ==
            Json{{"accuracy", 0.99}, {"reached", 0}, {"epochs", nullptr}, {"steps", nullptr}, {"seconds", nullptr}});
    REQUIRE(a["seeds"] == Json::array({1, 2, 3}));
    REQUIRE(b["diverged"] == 1);
    REQUIRE(b["diverged_at_steps"] == Json::array({312}));
    REQUIRE(b["final_accuracy"]["n"] == 2);
    REQUIRE(summary["differences"][0]["test"] == "paired");
    REQUIRE(summary["verdict"].size() == 3);
}
