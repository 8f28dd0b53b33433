// Runs of a comparison that train beside each other: in processes of one command, and in several commands.
#include <sys/stat.h>

#include <csignal>

#include "framework/support/files.h"
#include "lab/compare/workers.h"
#include "lab/run/run_folder.h"
#include "lab/run/run_lock.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/compare/tiny_sweep.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

namespace fs = std::filesystem;

// What a run leaves and no clock has a say in.
std::vector<std::string> files_of(const fs::path& run) {
    std::vector<std::string> contents;
    for (const char* file : {"config.json", "outcome.json", "model.safetensors", "best.safetensors"})
        contents.push_back(read_file(run / file));
    for (EpochMetrics metrics : read_metrics(run)) {
        metrics.seconds = metrics.images_per_s = 0;
        contents.push_back(to_json(metrics).dump());
    }
    return contents;
}

std::vector<News> all_news_of(Workers& workers) {
    std::vector<News> all;
    while (workers.count() > 0)
        for (const News& news : workers.listen()) all.push_back(news);
    return all;
}

void wait_for(const std::function<bool()>& what) {
    for (int tries = 0; !what(); ++tries) {
        REQUIRE(tries < 20'000);
        ::usleep(1000);
    }
}

}  // namespace

TEST_CASE("runs that train beside each other leave the files of one after the other", "[sharing]") {
    const TinyRun tiny;
    const Json sweep = tiny_sweep(tiny);
    const Comparison one = run_sweep(sweep, tiny / "one");
    Listening listener;
    const Comparison three = run_sweep(sweep, tiny / "three", listener, 3);
    REQUIRE(three.complete());
    REQUIRE(listener.runs.size() == 6);
    REQUIRE(listener.messages.empty());
    for (const ComparedRun& run : one.runs)
        REQUIRE(files_of(tiny / "three" / run.folder) == files_of(tiny / "one" / run.folder));
    REQUIRE(results_in(tiny / "three") == results_in(tiny / "one"));
    REQUIRE(read_file(tiny / "three/comparison.json") == read_file(tiny / "one/comparison.json"));
    REQUIRE(contains(read_file(tiny / "three/report.html"), "Finished</b>"));
}

TEST_CASE("a run that diverges beside others is a result", "[sharing]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["axes"] = {{"optim.lr", {0.02, 1e30, 0.01}}};
    Listening listener;
    const Comparison comparison = run_sweep(sweep, tiny / "out", listener, 2);
    REQUIRE(comparison.complete());
    REQUIRE(comparison.runs[1].diverged());
    REQUIRE(contains(read_file(tiny / "out/lr=1e+30/report.html"), "Diverged</b>"));
}

TEST_CASE("runs beside each other that are stopped go on to the same results", "[sharing]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["set"] = {{"train.epochs", 4}};
    run_sweep(sweep, tiny / "one");
    Listening first, second;
    first.steps_until_stop = 1;
    const Comparison stopped = run_sweep(sweep, tiny / "out", first, 2);
    REQUIRE(stopped.stopped);
    REQUIRE_FALSE(stopped.complete());
    REQUIRE(contains(read_file(tiny / "out/report.html"), "Not finished</b>"));
    REQUIRE(run_sweep(sweep, tiny / "out", second, 2).complete());
    for (const ComparedRun& run : stopped.runs)
        REQUIRE(files_of(tiny / "out" / run.folder) == files_of(tiny / "one" / run.folder));
}

TEST_CASE("a worker tells what its run reports, and how it ended", "[sharing]") {
    Workers workers;
    workers.start(4, [](const std::atomic<bool>& stop, Observer& observer) {
        observer.step({.epoch = 1, .epochs = 2, .step = 3, .steps = 7, .loss = 0.5, .accuracy = 0.25});
        observer.warning(std::string(10'000, 'w'));
        observer.message("nobody hears this");
        if (!stop) fail("file", "there is no room");
    });
    const std::vector<News> news = all_news_of(workers);
    REQUIRE(news.size() == 4);
    REQUIRE(news[0].kind == News::Kind::step);
    REQUIRE(news[0].progress.step == 3);
    REQUIRE(news[0].progress.accuracy == 0.25);
    REQUIRE(news[1].kind == News::Kind::warning);
    REQUIRE(news[1].text == std::string(10'000, 'w'));
    REQUIRE(news[2].kind == News::Kind::failed);
    REQUIRE(news[2].text == "[file] there is no room");
    REQUIRE(news[3].kind == News::Kind::ended);
    REQUIRE(news[3].text.empty());
    for (const News& each : news) REQUIRE(each.run == 4);
}

TEST_CASE("a lack of memory and a signal are told by name", "[sharing]") {
    Workers workers;
    workers.start(0, [](const std::atomic<bool>&, Observer&) { throw std::bad_alloc(); });
    REQUIRE(contains(all_news_of(workers).front().text, "there is not enough memory"));
    workers.start(0, [](const std::atomic<bool>&, Observer&) { ::raise(SIGKILL); });
    REQUIRE(all_news_of(workers).front().text == "its process was ended by signal 9 (Killed)");
}

TEST_CASE("a worker that nobody listens to any more is asked to stop", "[sharing]") {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    Workers workers;
    workers.start(0, [&](const std::atomic<bool>&, Observer&) {  // dies, and leaves a worker of its own
        Workers orphans;
        orphans.start(0, [&](const std::atomic<bool>& stop, Observer& observer) {
            for (int words = 0; !stop && words < 1'000'000; ++words) observer.warning("is anybody there?");
            REQUIRE(::write(pipe[1], stop ? "x" : "-", 1) == 1);
        });
        orphans.listen();
        ::raise(SIGKILL);
    });
    char got = 0;
    REQUIRE(::read(pipe[0], &got, 1) == 1);
    REQUIRE(got == 'x');
    all_news_of(workers);
    for (const int end : pipe) ::close(end);
}

TEST_CASE("a killed worker costs its run only, and the next start goes on with it", "[sharing]") {
    const TinyRun tiny;
    const Json sweep = tiny_sweep(tiny);
    const pid_t parent = ::getpid();
    Listening first, second;
    {
        const ForwardListener killer([&](Module& module, const Var&, const Var&) {
            if (module.kind() == "GroupNorm" && ::getpid() != parent) ::raise(SIGKILL);
        });
        const std::string error = error_of([&] { run_sweep(sweep, tiny / "out", first, 2); });
        INFO(error);
        REQUIRE(
            error.starts_with("[compare] norm=group,seed=1: its process was ended by signal 9 (Killed), "
                              "norm=group,seed=2: "));
        REQUIRE(error.ends_with("; the same command continues"));
    }
    REQUIRE(first.runs.size() == 4);
    REQUIRE(contains(first.messages, "norm=group,seed=1: its process was ended by signal 9"));
    const Comparison comparison = run_sweep(sweep, tiny / "out", second, 2);
    REQUIRE(comparison.complete());
    REQUIRE(second.runs.size() == 2);
    run_sweep(sweep, tiny / "one");
    REQUIRE(results_in(tiny / "out") == results_in(tiny / "one"));
}

TEST_CASE("after an error in one of several processes no more runs begin", "[sharing]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["axes"] = {{"seed", {1, 2, 3, 4, 5, 6, 7, 8}}};
    fs::create_directories(tiny / "out/seed=1/model.safetensors/in the way");
    Listening listener;
    const std::string error = error_of([&] { run_sweep(sweep, tiny / "out", listener, 2); });
    REQUIRE(error.starts_with("[compare] seed=1: [run] cannot remove "));
    REQUIRE(listener.runs.size() < 7);
    REQUIRE(contains(read_file(tiny / "out/report.html"), "Not finished</b>"));
}

TEST_CASE("a run that another process has is waited for, and goes on here if that leaves it", "[sharing]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    sweep["axes"] = {{"seed", {1, 2}}};
    replace_file(tiny / "sweep.json", sweep.dump());
    run_sweep(sweep, tiny / "one");
    const auto jobs = GENERATE(as<std::string>{}, "1", "2");
    const bool done_there = GENERATE(false, true);
    CAPTURE(jobs, done_there);
    std::optional<RunLock> theirs(std::in_place, RunFolder{tiny / "out/seed=1"});
    Child child(tiny.path(), normlab_command({"compare", "sweep.json", "--out", "out", "--jobs", jobs}));
    wait_for([&] {
        return fs::exists(tiny / "stdout.txt") && contains(child.out(), "waiting for 1 run of other processes");
    });
    REQUIRE(contains(child.out(), "[1/2] seed=2"));
    struct stat before {
    }, after{};
    if (done_there) {
        for (const auto& file : fs::directory_iterator(tiny / "one/seed=1"))
            if (file.path().filename() != ".lock" && file.path().filename() != "outcome.json")
                fs::copy(file, tiny / "out/seed=1");
        fs::copy(tiny / "one/seed=1/outcome.json", tiny / "out/seed=1");
        REQUIRE(::stat((tiny / "out/seed=1/config.json").c_str(), &before) == 0);
    }
    theirs.reset();
    REQUIRE(child.wait() == 0);
    REQUIRE(contains(child.out(), "[2/2] seed=1"));
    REQUIRE(::stat((tiny / "out/seed=1/config.json").c_str(), &after) == 0);
    if (done_there) REQUIRE(before.st_ino == after.st_ino);  // it was not touched
    REQUIRE(results_in(tiny / "out") == results_in(tiny / "one"));
}

TEST_CASE("several commands at once share the runs of a comparison, and each ends with all results", "[sharing]") {
    const TinyRun tiny;
    const Json sweep = tiny_sweep(tiny);
    replace_file(tiny / "sweep.json", sweep.dump());
    for (const char* here : {"a", "b", "c"}) fs::create_directory(tiny / here);
    {
        const std::vector<std::string> command = normlab_command({"compare", "../sweep.json", "--out", "../out"});
        Child a(tiny / "a", command), b(tiny / "b", command), c(tiny / "c", command);
        for (Child* child : {&a, &b, &c}) {
            const int status = child->wait();
            INFO(child->err());
            REQUIRE(status == 0);
            REQUIRE(contains(child->out(), "\nvariant  runs  final accuracy"));
        }
    }
    run_sweep(sweep, tiny / "one");
    REQUIRE(results_in(tiny / "out") == results_in(tiny / "one"));
    for (const auto& run : fs::directory_iterator(tiny / "one"))
        if (run.is_directory()) REQUIRE(files_of(tiny / "out" / run.path().filename()) == files_of(run.path()));
}

TEST_CASE("while a comparison is under way another one in its folder is refused", "[sharing]") {
    const TinyRun tiny;
    Json sweep = tiny_sweep(tiny);
    run_sweep(sweep, tiny / "out");
    RunLock theirs({tiny / "out"});
    REQUIRE(theirs.share());
    Listening same;
    run_sweep(sweep, tiny / "out", same);
    REQUIRE(contains(same.messages, "another process works in " + (tiny / "out").string() + ", too"));
    sweep["set"] = {{"train.epochs", 3}};
    const std::string before = read_file(tiny / "out/comparison.json");
    REQUIRE(contains(error_of([&] { run_sweep(sweep, tiny / "out"); }), "another process works on another comparison"));
    REQUIRE(read_file(tiny / "out/comparison.json") == before);
}
