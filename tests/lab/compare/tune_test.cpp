#include "lab/compare/sweep.h"

#include "framework/support/files.h"
#include "lab/compare/comparison_page.h"
#include "lab/compare/result_files.h"
#include "lab/compare/tuning_text.h"
#include "lab/compare/verdict.h"
#include "tests/catch.h"
#include "tests/lab/compare/tiny_sweep.h"
#include "tests/lab/markup.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

using Texts = std::vector<std::string>;

// Two norms with two seeds, and three learning rates to choose from: one learns nothing, one diverges.
Json tuned_sweep(const TinyRun& tiny) {
    Json base = small_config(tiny / "set");
    base["name"] = "tiny";
    base["data"]["validation"] = 0.4;
    base["data"].erase("augment");
    return {{"base", base},
            {"axes", {{"model.norm", {"batch", "none"}}, {"seed", {1, 2}}}},
            {"tune", {{"axes", {{"optim.lr", {0, 0.05, 1e30}}}}, {"set", {{"train.epochs", 8}}}, {"seed", 100}}}};
}

Texts names_of(const std::vector<PlannedRun>& runs) {
    Texts names;
    for (const PlannedRun& run : runs) names.push_back(run.name);
    return names;
}

// Everything that the test set must have no say in: the models of all runs.
std::map<std::string, std::string> models_in(const std::filesystem::path& folder) {
    std::map<std::string, std::string> models;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().filename() == "model.safetensors" || entry.path().filename() == "best.safetensors")
            models[entry.path().lexically_relative(folder).string()] = read_file(entry.path());
    return models;
}

}  // namespace

TEST_CASE("a tuning is the comparison without its seeds, times the values, with a seed of its own", "[tune]") {
    const TinyRun tiny;
    const Sweep sweep = parse_sweep(tuned_sweep(tiny), "a.json"), tuning = tuning_sweep(sweep);
    REQUIRE(names_of(sweep.runs) ==
            Texts{"norm=batch,seed=1", "norm=batch,seed=2", "norm=none,seed=1", "norm=none,seed=2"});
    REQUIRE(names_of(tuning.runs) == Texts{"norm=batch,lr=0", "norm=batch,lr=0.05", "norm=batch,lr=1e+30",
                                           "norm=none,lr=0", "norm=none,lr=0.05", "norm=none,lr=1e+30"});
    for (const PlannedRun& run : tuning.runs) {
        REQUIRE(run.config.seed == 100);
        REQUIRE(run.config.train.epochs == 8);
    }
    for (const PlannedRun& run : sweep.runs) REQUIRE(run.config.train.epochs == 2);
    const Sweep again = parse_sweep(sweep.json, "elsewhere/comparison.json");
    REQUIRE(names_of(tuning_sweep(again).runs) == names_of(tuning.runs));
}

TEST_CASE("what is wrong in a tuning is named with its place", "[tune]") {
    const auto [text, error] = GENERATE(table<std::string, std::string>({
        {R"({"tune": {"axes": {"optim.lr": [0.1]}}, "base": {}})",
         "tune: needs data.validation, a share of the training images to choose by: \"set\": {\"data.validation\": "
         "0.1}"},
        {R"({"tune": {}})", "tune: \"axes\" is missing"},
        {R"({"tune": {"axes": {}}})", "tune.axes: expected {\"KEY\": VALUE, ...}"},
        {R"({"tune": {"axes": {"optim.lr": 3}}})", "tune.axes.optim.lr: expected a list of values"},
        {R"({"tune": {"axes": {"optim.lr": [0.1, -1]}}})",
         "tune.axes.optim.lr[1]: optim.lr: must be at least 0, got -1"},
        {R"({"tune": {"axes": {"optim.rl": [0.1]}}})",
         "tune.axes.optim.rl[0]: optim.rl: unknown key; did you mean \"lr\"?"},
        {R"({"tune": {"axes": {"optim.lr": [0.1]}, "sets": {}}})", "tune.sets: unknown key; did you mean \"set\"?"},
        {R"({"tune": {"axes": {"optim.lr": [0.1]}, "set": {"train.epochs": -1}}})",
         "tune.set.train.epochs: must be at least 1, got -1"},
        {R"({"tune": {"axes": {"optim.lr": [0.1]}, "seed": 2}})",
         "tune.seed: must be a seed that no run has that counts, unlike 2"},
        {R"({"tune": {"axes": {"seed": [7]}}})",
         "tune.axes.seed: is an axis of the comparison: a key is compared or tuned"},
        {R"({"tune": {"axes": {"model.norm.eps": [1e-5, 1e-3]}}})",
         "sets model.norm.eps, and so does the axis model.norm"},
    }));
    CAPTURE(text);
    Json sweep = {{"base", {{"data", {{"validation", 0.1}}}}},
                  {"axes", {{"model.norm", {"batch", "none"}}, {"seed", {1, 2}}}}};
    sweep.update(Json::parse(text));
    const std::string said = error_of([&] { parse_sweep(sweep, "a.json"); });
    CAPTURE(said);
    REQUIRE(contains(said, error));
}

TEST_CASE("each variant gets the value that is best on the validation images, and its runs are those of that value",
          "[tune]") {
    const TinyRun tiny;
    const Comparison comparison = run_sweep(tuned_sweep(tiny), tiny / "out");
    REQUIRE(comparison.complete());
    REQUIRE(comparison.tuning->choices.size() == 2);
    for (const Tuning::Choice& choice : comparison.tuning->choices) {
        REQUIRE(choice.best == 1);
        REQUIRE((choice.candidates[0].score && choice.candidates[2].ended && !choice.candidates[2].score));
        for (const Tuning::Candidate& candidate : choice.candidates)
            for (const EpochMetrics& each : read_metrics(tiny / "out" / candidate.folder)) REQUIRE_FALSE(each.test);
    }
    for (const PlannedRun& run : comparison.sweep.runs) REQUIRE(run.config.optim.lr == 0.05);
    Observer nobody;
    run_training(comparison.sweep.runs[3].config, {.out = tiny / "alone"}, nobody);
    REQUIRE(read_file(tiny / "alone/model.safetensors") ==
            read_file(tiny / "out" / comparison.runs[3].folder / "model.safetensors"));

    const std::string csv = read_file(tiny / "out/results.csv");
    REQUIRE(
        csv.starts_with("run,model.norm,seed,optim.lr,final_accuracy,best_accuracy,final_loss,best_loss,"
                        "validation_accuracy,best_validation_accuracy,epochs,"));
    REQUIRE(contains(csv, "\"norm=none,seed=2\",none,2,0.05,"));
    const Json tuning = Json::parse(read_file(tiny / "out/summary.json"))["tuning"];
    REQUIRE(tuning["seed"] == 100);
    REQUIRE(tuning["choices"][1]["variant"] == "none");
    REQUIRE(tuning["choices"][1]["chosen"] == Json{{"optim.lr", 0.05}});
    REQUIRE(tuning["choices"][1]["at_edge"].empty());
    REQUIRE(tuning["choices"][1]["tried"][2]["diverged"] == true);
    REQUIRE(tuning["choices"][1]["tried"][2]["run"] == "tune/norm=none,lr=1e+30");
    REQUIRE(tuning_remarks(comparison, arranged(comparison)).empty());
    const std::string page = read_file(tiny / "out/report.html");
    REQUIRE(nesting_error(page) == "");
    REQUIRE(contains(page, "Validation accuracy over learning rate"));
    REQUIRE(contains(page, "The configs of the runs differ in model.norm, seed and optim.lr and in nothing else."));
}

TEST_CASE("a best value at the edge of the list is said to be there", "[tune]") {
    const TinyRun tiny;
    Json sweep = tuned_sweep(tiny);
    sweep["tune"]["axes"] = {{"optim.lr", {0, 0.05}}, {"optim.momentum", {0.9}}};
    const Comparison comparison = run_sweep(sweep, tiny / "out");
    REQUIRE(tuning_remarks(comparison, arranged(comparison)) ==
            Texts{"The best learning rate of batch and none is the largest that was tried: a larger one may be better "
                  "still."});
    REQUIRE(comparison.tuning->label(1) == "0.05, 0.9");
    const Json summary = summary_json(comparison);
    REQUIRE(summary["tuning"]["choices"][0]["at_edge"][0] == Json{{"key", "optim.lr"}, {"side", "largest"}});
    REQUIRE(nesting_error(to_html(comparison)) == "");
    REQUIRE(contains(to_html(comparison), "the largest learning rate tried"));
}

TEST_CASE("a variant that diverges with every value is said to have diverged, and its runs are not begun", "[tune]") {
    const TinyRun tiny;
    Json sweep = tuned_sweep(tiny);
    sweep["tune"]["axes"] = {{"optim.lr", {1e30, 1e31}}};
    const Comparison comparison = run_sweep(sweep, tiny / "out");
    REQUIRE(comparison.complete());
    for (const ComparedRun& run : comparison.runs) {
        REQUIRE(run.diverged());
        REQUIRE_FALSE(std::filesystem::exists(tiny / "out" / run.folder));
    }
    const Texts said = verdict(arranged(comparison));
    REQUIRE(Texts(said.end() - 2, said.end()) ==
            Texts{"batch diverged in tuning, with every value.", "none diverged in tuning, with every value."});
    REQUIRE(contains(read_file(tiny / "out/results.csv"), ",true,\n"));
    REQUIRE(contains(read_file(tiny / "out/report.html"), "diverged with every value"));
}

TEST_CASE("a comparison that is stopped while it tunes, or after, goes on with the same results", "[tune]") {
    const TinyRun tiny;
    Json sweep = tuned_sweep(tiny);
    sweep["axes"]["seed"] = {1};
    sweep["tune"]["axes"] = {{"optim.lr", {0.01, 0.05}}};
    run_sweep(sweep, tiny / "whole");
    Listening whole_again;
    run_sweep(sweep, tiny / "whole", whole_again);
    REQUIRE(whole_again.runs.empty());
    REQUIRE(contains(whole_again.messages, "tuning: 4 of 4 runs have ended before and are not run again"));
    // 30 images in batches of 8: 32 steps in a run of the tuning, 8 in one that counts.
    Listening in_tuning, in_runs;
    in_tuning.steps_until_stop = 45;
    REQUIRE(run_sweep(sweep, tiny / "out", in_tuning).stopped);
    REQUIRE(in_tuning.runs == Texts{"norm=batch,lr=0.01"});
    REQUIRE(contains(read_file(tiny / "out/report.html"), "tuning: 1 of 4 runs; the same command continues"));
    in_runs.steps_until_stop = 4 * 32 - 45 + 12;
    REQUIRE(run_sweep(sweep, tiny / "out", in_runs).stopped);
    REQUIRE(run_sweep(sweep, tiny / "out").complete());
    REQUIRE(models_in(tiny / "out") == models_in(tiny / "whole"));
}

TEST_CASE("the labels of the test set have no say in any model and in no choice", "[tune]") {
    const TinyRun tiny;
    Json sweep = tuned_sweep(tiny);
    sweep["axes"]["seed"] = {1};
    sweep["tune"]["axes"] = {{"optim.lr", {0.01, 0.05}}};
    sweep["set"] = {{"train.epochs", 4}};
    const Comparison before = run_sweep(sweep, tiny / "before");
    const auto test = tiny / "set/test";
    for (const auto& [from, to] : {std::pair("a", "x"), {"b", "a"}, {"c", "b"}, {"d", "c"}, {"x", "d"}})
        std::filesystem::rename(test / from, test / to);
    const Comparison after = run_sweep(sweep, tiny / "after");
    REQUIRE(models_in(tiny / "after").size() == 2 * (2 * 2 + 2));
    REQUIRE(models_in(tiny / "after") == models_in(tiny / "before"));
    for (std::size_t i = 0; i < 2; ++i) REQUIRE(after.tuning->choices[i].best == before.tuning->choices[i].best);
    // What was learned of the old labels is wrong for the new ones.
    for (std::size_t i = 0; i < before.runs.size(); ++i)
        REQUIRE(*final_accuracy(before.runs[i]) != *final_accuracy(after.runs[i]));
}
