#include "lab/run/checkpoint.h"

#include <sys/resource.h>

#include <csignal>

#include "framework/safetensors.h"
#include "framework/support/files.h"
#include "optim/sgd.h"
#include "tests/catch.h"
#include "tests/lab/small_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// A run of the small set that was stopped after step 9 of 14, in the second epoch, with checkpoints after each third.
struct StoppedRun : TemporaryFolder {
    StoppedRun() {
        write_small_set(*this / "set");
        config = small_config(*this / "set");
        config["train"]["checkpoint_every"] = 3;
        Listener listener(9);
        run_small(config, out(), listener);
    }
    std::filesystem::path out() const { return *this / "run"; }
    std::filesystem::path file() const { return out() / "checkpoint.safetensors"; }
    std::filesystem::path previous() const { return out() / "checkpoint.previous.safetensors"; }
    // The messages of a resumed run, or its error.
    std::string resume() const {
        Listener listener;
        const std::string error = error_of([&] { run_small(config, out(), listener, true); });
        return listener.messages + error;
    }
    Json config;
};

void flip(const std::filesystem::path& path, std::size_t byte) {
    std::string contents = read_file(path);
    contents.at(byte) = static_cast<char>(contents.at(byte) ^ 1);
    replace_file(path, contents);
}

}  // namespace

TEST_CASE("the checkpoint before the last one stays beside it", "[checkpoint]") {
    const StoppedRun run;
    Observer nobody;
    const RunFolder folder{run.out()};
    REQUIRE(read_checkpoint(folder, nobody)->position.step == 9);
    std::filesystem::remove(run.file());
    const auto previous = read_checkpoint(folder, nobody);
    REQUIRE(previous->position.step == 7);  // the end of the first epoch
    REQUIRE(previous->position.epoch == 1);
    REQUIRE(previous->position.metrics.size() == 1);
}

TEST_CASE("a damaged checkpoint is refused with the reason, and the one before it is used", "[checkpoint]") {
    const StoppedRun run;
    const std::string whole = read_file(run.file());
    const auto damage = GENERATE(as<std::string>{}, "cut", "flipped", "empty", "foreign");
    if (damage == "cut") replace_file(run.file(), whole.substr(0, whole.size() / 2));
    if (damage == "flipped") flip(run.file(), whole.size() - 5);
    if (damage == "empty") replace_file(run.file(), "");
    if (damage == "foreign") write_safetensors(run.file(), {.tensors = {{"w", noise({2, 2}, 1)}}});
    const std::string messages = run.resume();
    REQUIRE(contains(messages, "checkpoint.safetensors"));
    REQUIRE(contains(messages, "the one before it is used"));
    REQUIRE(contains(messages, "resumed at step 7"));
    REQUIRE(std::filesystem::exists(run.out() / "checkpoint.damaged.safetensors"));
    REQUIRE(contains(run.resume(), "is finished"));  // the next checkpoints are sound
}

TEST_CASE("a single changed byte anywhere in a checkpoint is noticed", "[checkpoint]") {
    const StoppedRun run;
    const RunFolder folder{run.out()};
    std::filesystem::remove(run.previous());
    const std::string whole = read_file(run.file());
    Observer nobody;
    const Config config = parse_config(run.config);
    Model model = build_model(config, load(config.data.source).train);
    SGD sgd(parameters(*model.module), {.momentum = 0.9});
    for (std::size_t byte = 0; byte < whole.size(); byte += 41) {
        std::string changed = whole;
        changed[byte] = static_cast<char>(changed[byte] ^ 1);
        std::ofstream(run.file(), std::ios::binary) << changed;
        CAPTURE(byte);
        REQUIRE_FALSE(error_of([&] { restore(*read_checkpoint(folder, nobody), *model.module, sgd); }).empty());
    }
}

TEST_CASE("where all checkpoints are damaged resuming ends, and names them", "[checkpoint]") {
    const StoppedRun run;
    replace_file(run.file(), "");
    replace_file(run.previous(), "");
    const std::string error = run.resume();
    REQUIRE(contains(error, "no checkpoint in"));
    REQUIRE(contains(error, "checkpoint.safetensors is too short"));
    REQUIRE(contains(error, "checkpoint.previous.safetensors is too short"));
}

TEST_CASE("resuming with a changed config names every change", "[checkpoint]") {
    StoppedRun run;
    run.config["optim"]["lr"] = 0.5;
    run.config["model"]["layers"][0]["out"] = 8;
    run.config["train"]["epochs"] = 3;
    const std::string error = run.resume();
    REQUIRE(contains(error, "model.layers[0].out 4 -> 8, optim.lr 0.02 -> 0.5"));
    REQUIRE(contains(error, "choose another --out"));
    REQUIRE_FALSE(contains(error, "epochs"));
}

TEST_CASE("a run that an earlier version began, whose config lacks newer keys, is resumed", "[checkpoint]") {
    StoppedRun run;
    State state = read_safetensors(run.file());
    Json config = Json::parse(state.metadata["config"]);
    REQUIRE(config["train"].erase("steps") == 1);
    REQUIRE(config["model"].erase("init") == 1);
    REQUIRE(config["model"]["norm"].erase("gamma_init") == 1);
    state.metadata["config"] = config.dump();
    write_safetensors(run.file(), state);
    REQUIRE_FALSE(contains(run.resume(), "changed since"));
    REQUIRE(read_metrics(run.out()).size() == 2);
}

TEST_CASE("the number of epochs and the place of the data may change when a run is resumed", "[checkpoint]") {
    StoppedRun run;
    std::filesystem::rename(run / "set", run / "moved");
    run.config["data"]["dir"] = (run / "moved").string();
    run.config["train"]["epochs"] = 3;
    const std::string messages = run.resume();
    REQUIRE(contains(messages, "changed since the run began: data.dir"));
    REQUIRE(contains(messages, "train.epochs 2 -> 3"));
    REQUIRE(read_metrics(run.out()).size() == 3);
}

TEST_CASE("other data than the run began with are refused", "[checkpoint]") {
    const StoppedRun run;
    std::filesystem::copy_file(run / "set/train/a/0.pgm", run / "set/train/a/again.pgm");
    REQUIRE(contains(run.resume(), "data.normalize.mean[0]"));
}

TEST_CASE("a checkpoint is no model, and says where the model is", "[checkpoint]") {
    const StoppedRun run;
    REQUIRE(contains(error_of([&] { load_model(run.file()); }),
                     "is the checkpoint of a run; its model is model.safetensors"));
}

TEST_CASE("where nothing more can be written the run ends and the last checkpoint stays whole", "[checkpoint]") {
    const StoppedRun run;
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    rlimit small = before;
    small.rlim_cur = 2048;  // more than the config, less than a checkpoint
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string error = run.resume();
    setrlimit(RLIMIT_FSIZE, &before);
    REQUIRE(contains(error, "cannot write"));
    for (const auto& entry : std::filesystem::directory_iterator(run.out()))
        REQUIRE_FALSE(contains(entry.path().string(), "unfinished"));
    REQUIRE(contains(run.resume(), "resumed at step 9"));
}
