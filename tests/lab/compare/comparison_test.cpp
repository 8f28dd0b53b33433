#include "lab/compare/run_comparison.h"

#include "framework/support/files.h"
#include "lab/compare/result_files.h"
#include "lab/run/run_folder.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/compare/tiny_sweep.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("with one seed all variants see the same images through the same first weights", "[comparison]") {
    // At a learning rate of 0 no weight changes: whatever the norm, the first layer computes the same bits in every
    // step of every epoch, or the images, their order, their augmentation or the initial weights differ.
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["set"] = {{"optim.lr", 0}};
    sweep["axes"] = {{"model.norm", {"batch", "group", "layer", "instance", "rms", "none"}}};
    std::vector<std::vector<Scalar>> first;
    std::vector<Scalar>* now = nullptr;
    const ForwardListener listener([&](Module& module, const Var&, const Var& y) {
        if (module.kind() != "Conv2d" || now == nullptr) return;
        const std::vector<Scalar> values = y.value().values();
        now->insert(now->end(), values.begin(), values.end());
    });
    for (const PlannedRun& run : parse_sweep(sweep, "a.json").runs) {
        first.emplace_back();
        now = &first.back();
        Observer nobody;
        run_training(run.config, {.out = tiny / run.name}, nobody);
    }
    REQUIRE(first[0].size() == 2 * (50 + 20) * 4 * 8 * 8);
    for (const auto& values : first) REQUIRE(values == first[0]);
}

TEST_CASE("a comparison leaves a folder for each run and a row in its table", "[comparison]") {
    const TinyRun tiny;
    const Comparison comparison = run_sweep(tiny_sweep(tiny), tiny / "out");
    REQUIRE(comparison.complete());
    const auto lines = split(read_file(tiny / "out/results.csv"), '\n');
    REQUIRE(lines[0] ==
            "run,model.norm,seed,final_accuracy,best_accuracy,final_loss,best_loss,epochs,seconds,images_per_s,"
            "peak_mib,parameters,diverged,diverged_at_step");
    REQUIRE(lines.size() == 8);
    REQUIRE(lines[1].starts_with("\"norm=batch,seed=1\",batch,1,0."));
    REQUIRE(lines[6].starts_with("\"norm=none,seed=2\",none,2,0."));
    for (const ComparedRun& run : comparison.runs) {
        const RunFolder folder{tiny / "out" / run.folder};
        for (const auto& file : {folder.config(), folder.metrics(), folder.model(), folder.report()})
            REQUIRE(std::filesystem::exists(file));
        REQUIRE(read_metrics(folder.path).back().test->accuracy == run.metrics.back().test->accuracy);
        REQUIRE(run.outcome->peak_mib > 0.01);
    }
    REQUIRE(comparison.runs[0].outcome->parameters == comparison.runs[4].outcome->parameters + 2 * 4);
    REQUIRE(std::filesystem::exists(tiny / "out/report.html"));
    const Json summary = Json::parse(read_file(tiny / "out/summary.json"));
    REQUIRE(summary["variants"].size() == 3);
    REQUIRE(summary["variants"][2]["final_accuracy"]["n"] == 2);
}

TEST_CASE("a run of a comparison is the run that train makes from its config", "[comparison]") {
    const TinyRun tiny;
    const Comparison comparison = run_sweep(tiny_sweep(tiny), tiny / "out");
    Observer nobody;
    run_training(comparison.sweep.runs[3].config, {.out = tiny / "alone"}, nobody);
    REQUIRE(read_file(tiny / "alone/model.safetensors") ==
            read_file(tiny / "out" / comparison.runs[3].folder / "model.safetensors"));
}

TEST_CASE("what has ended is never run again, and a changed sweep uses it", "[comparison]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    run_sweep(sweep, tiny / "out");
    const std::string results = results_in(tiny / "out");
    Listening again;
    run_sweep(sweep, tiny / "out", again);
    REQUIRE(again.runs.empty());
    REQUIRE(contains(again.messages, "6 of 6 runs have ended before and are not run again"));
    REQUIRE(results_in(tiny / "out") == results);

    sweep["axes"] = {{"optim.lr", {0.02, 0.01}}, {"model.norm", {"group", "none"}}, {"seed", {2}}};
    Listening changed;
    const Comparison comparison = run_sweep(sweep, tiny / "out", changed);
    REQUIRE(changed.runs == std::vector<std::string>{"lr=0.01,norm=group,seed=2", "lr=0.01,norm=none,seed=2"});
    REQUIRE(comparison.runs[0].folder == "norm=group,seed=2");
    REQUIRE(contains(changed.messages, "2 of 4 runs have ended before"));
    REQUIRE(contains(changed.messages,
                     "left alone and out of the comparison: norm=batch,seed=1, norm=batch,seed=2, "
                     "norm=group,seed=1 and 1 more"));
    REQUIRE(std::filesystem::exists(tiny / "out/norm=batch,seed=1/model.safetensors"));

    sweep = tiny_sweep(tiny);
    sweep["set"] = {{"train.epochs", 1}};
    sweep["axes"] = {{"model.norm", {"group"}}, {"seed", {2}}};
    REQUIRE(run_sweep(sweep, tiny / "out").runs[0].folder == "norm=group,seed=2-2");  // the name is another run's
}

TEST_CASE("a run whose metrics are gone or cut has not ended: it is resumed with the same results", "[comparison]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["axes"] = {{"optim.lr", {0.02, 1e30}}};
    sweep["set"] = {{"train.epochs", 3}};
    run_sweep(sweep, tiny / "out");
    const std::string results = results_in(tiny / "out");
    const auto metrics = tiny / "out/lr=0.02/metrics.jsonl";
    const std::string whole = read_file(metrics);
    const auto damage = GENERATE(as<std::string>{}, "missing", "empty", "cut at a line's end", "cut in a line");
    CAPTURE(damage);
    if (damage == "missing") std::filesystem::remove(metrics);
    if (damage == "empty") replace_file(metrics, "");
    if (damage == "cut at a line's end")
        replace_file(metrics, whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1));
    if (damage == "cut in a line") replace_file(metrics, whole.substr(0, whole.size() - 9));
    const bool checkpoint_too = GENERATE(false, true);
    if (checkpoint_too)
        for (const char* file : {"checkpoint.safetensors", "checkpoint.previous.safetensors"})
            std::filesystem::remove(tiny / "out/lr=0.02" / file);
    Listening again;
    const Comparison comparison = run_sweep(sweep, tiny / "out", again);
    CHECK(again.runs == std::vector<std::string>{"lr=0.02"});
    CHECK(contains(again.messages, metrics.string()));
    CHECK(contains(again.messages, "the run is resumed"));
    CHECK(comparison.runs[0].metrics.size() == 3);
    CHECK(results_in(tiny / "out") == results);
    CHECK(read_metrics(metrics.parent_path()).size() == 3);
}

TEST_CASE("an outcome without the number of epochs, as earlier versions wrote it, is one", "[comparison]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["axes"] = {{"optim.lr", {0.02, 1e30}}};
    run_sweep(sweep, tiny / "out");
    for (const char* run : {"lr=0.02", "lr=1e+30"}) {
        const auto file = tiny / "out" / run / "outcome.json";
        Json outcome = Json::parse(read_file(file));
        REQUIRE(outcome.erase("epochs") == 1);
        replace_file(file, outcome.dump());
    }
    Listening again;
    REQUIRE(run_sweep(sweep, tiny / "out", again).complete());
    REQUIRE(again.runs.empty());
}

TEST_CASE("a config among the runs that is none is an error that names the file", "[comparison]") {
    const TinyRun tiny;
    const Json sweep = tiny_sweep(tiny);
    std::filesystem::create_directories(tiny / "out/a");
    const auto contents = GENERATE(as<std::string>{}, R"({"train":5})", "{}", "[1", "");
    replace_file(tiny / "out/a/config.json", contents);
    const std::string error = error_of([&] { run_sweep(sweep, tiny / "out"); });
    REQUIRE(contains(error, (tiny / "out/a/config.json").string() + " is not the config of a run"));
}

TEST_CASE("a run that diverges is a result", "[comparison]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["axes"] = {{"optim.lr", {0.02, 1e30}}};
    Listening listener;
    const Comparison comparison = run_sweep(sweep, tiny / "out", listener);
    REQUIRE(comparison.complete());
    REQUIRE(comparison.runs[0].finished());
    REQUIRE(comparison.runs[1].diverged());
    const Index step = comparison.runs[1].outcome->step;
    REQUIRE((step >= 2 && step <= 14));
    const std::string last = split(read_file(tiny / "out/results.csv"), '\n')[2];
    REQUIRE(last.ends_with(",true," + std::to_string(step)));
    REQUIRE(contains(last, "lr=1e+30,1e+30,,"));
    Listening again;
    run_sweep(sweep, tiny / "out", again);
    REQUIRE(again.runs.empty());
    REQUIRE(contains(read_file(tiny / "out/lr=1e+30/report.html"), "Diverged</b>"));
}

TEST_CASE("a comparison that is stopped in a run goes on in it", "[comparison]") {
    const TinyRun tiny;
    const Json sweep = tiny_sweep(tiny);
    run_sweep(sweep, tiny / "whole");
    Listening first, second;
    first.steps_until_stop = 24;  // a run has 14
    const Comparison stopped = run_sweep(sweep, tiny / "out", first);
    REQUIRE(stopped.stopped);
    REQUIRE(first.runs == std::vector<std::string>{"norm=batch,seed=1"});
    REQUIRE(contains(read_file(tiny / "out/report.html"), "Not finished</b>"));
    second.steps_until_stop = 4 + 4 * 14 + 1;
    REQUIRE(run_sweep(sweep, tiny / "out", second).complete());
    REQUIRE(second.steps_until_stop == 1);
    REQUIRE(results_in(tiny / "out") == results_in(tiny / "whole"));
}

TEST_CASE("a comparison that is killed at any moment ends with the same results", "[comparison]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["set"] = {{"train.checkpoint_every", 2}};
    sweep["axes"] = {{"model.norm", {"batch", "none"}}, {"optim.lr", {0.02, 1e30}}};
    replace_file(tiny / "sweep.json", sweep.dump());
    REQUIRE(run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "whole", "--quiet"}).status == 0);
    const auto moment_of = [](std::uint64_t life) { return random_uniform({2025, 1}, life, 0); };
    int deaths = 0;
    for (std::uint64_t life = 0; deaths < 12 && life < 100; ++life) {
        const std::string jobs = life % 2 == 0 ? "1" : "2";
        Child child(tiny.path(), normlab_command({"compare", "sweep.json", "--out", "out", "--jobs", jobs}));
        ::usleep(static_cast<useconds_t>(1000 * (5 + 60 * moment_of(life))));
        child.send(SIGKILL);
        if (child.wait() == 128 + SIGKILL)
            ++deaths;
        else
            std::filesystem::remove_all(tiny / "out");  // it came to its end: once more
    }
    REQUIRE(deaths == 12);
    const Ended last = run_normlab(tiny.path(), {"compare", "sweep.json", "--out", "out"});
    INFO(last.err);
    REQUIRE(last.status == 0);
    REQUIRE(results_in(tiny / "out") == results_in(tiny / "whole"));
}
