// Training under mpirun. tests/ranks_test.cpp tries the same arithmetic without MPI, with more norms.
#include <csignal>
#include <sstream>

#include "framework/safetensors.h"
#include "lab/run/metrics.h"
#include "lab/run/run_folder.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/compare/tiny_sweep.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

namespace fs = std::filesystem;

bool there_is_mpi() {
    if (NORMLAB_MPIRUN[0] != 0) return true;
    WARN("there is no MPI here: this is left out");
    return false;
}

std::vector<std::string> in_ranks(int count, std::vector<std::string> arguments) {
    for (const char* name : {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                             "OMPI_MCA_rmaps_base_oversubscribe", "OMPI_MCA_mpi_yield_when_idle"})
        ::setenv(name, "1", 1);
    ::setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 1);  // which containers forbid
    std::vector<std::string> command = {NORMLAB_MPIRUN, "-n", std::to_string(count)};
    for (const std::string& word : normlab_command(std::move(arguments))) command.push_back(word);
    return command;
}

// A net with all norms, dropout, and a last batch of two images. Where a number crosses zero, ReLU's gradient jumps,
// and L1 batch norm's: runs that differ in last bits would part there. So the net has SiLU, and few numbers below L1
// norm.
struct NormsRun : TinyRun {
    NormsRun() {
        Json config = small_config("set");
        config["data"]["batch_size"] = 16;
        config["model"]["layers"] = Json::parse(R"([
            {"type": "conv2d", "out": 8, "padding": 1}, {"type": "norm"}, {"type": "silu"}, {"type": "dropout", "p": 0.2},
            {"type": "conv2d", "out": 8, "padding": 1}, {"type": "group_norm", "num_groups": 2}, {"type": "silu"},
            {"type": "conv2d", "out": 8, "padding": 1}, {"type": "ghost_batch_norm2d", "virtual_batch_size": 2},
            {"type": "silu"}, {"type": "avg_pool2d", "kernel": 4},
            {"type": "conv2d", "out": 8, "padding": 1}, {"type": "l1_batch_norm2d"}, {"type": "silu"},
            {"type": "flatten"}, {"type": "linear"}])");
        config["model"]["norm"] = "sync_batch";
        config["optim"]["lr"] = 0.01, config["schedule"]["type"] = "constant";
        config["train"] = {{"epochs", 13}, {"threads", 1}, {"clip_grad_norm", 1}, {"label_smoothing", 0.1}};
        replace_file(*this / "norms.json", config.dump(2));
    }
    void train(int ranks, const std::string& out, std::vector<std::string> more = {}) const {
        std::vector<std::string> words = {"train", "norms.json", "--quiet", "--out", out};
        words.insert(words.end(), more.begin(), more.end());
        const Ended run = test::run(path(), ranks == 1 ? normlab_command(words) : in_ranks(ranks, words));
        INFO(run.err);
        REQUIRE(run.status == 0);
        REQUIRE(run.out.empty());
    }
    double distance(const std::string& a, const std::string& b) const {
        const State x = read_safetensors(*this / a / "model.safetensors"),
                    y = read_safetensors(*this / b / "model.safetensors");
        REQUIRE(x.tensors.size() == y.tensors.size());
        double most = 0;
        for (std::size_t i = 0; i < x.tensors.size(); ++i)
            most = std::max(most, relative_error(x.tensors[i].tensor, y.tensors[i].tensor));
        return most;
    }
};

const std::vector<std::string> kBlocks = {"--set", "train.blocks=8"};

// The processes below this one that have started no others: the ranks, as MPICH's mpirun has helpers in between.
std::vector<pid_t> leaves_below(pid_t process) {
    const std::string id = std::to_string(process);
    std::istringstream children(read_file("/proc/" + id + "/task/" + id + "/children"));
    std::vector<pid_t> leaves;
    for (pid_t child = 0; children >> child;) {
        const std::vector<pid_t> below = leaves_below(child);
        leaves.insert(leaves.end(), below.begin(), below.end());
        if (below.empty()) leaves.push_back(child);
    }
    return leaves;
}

void await(const std::function<bool()>& what) {
    for (int tries = 0; !what(); ++tries) {
        REQUIRE(tries < 30'000);
        ::usleep(1000);
    }
}

}  // namespace

TEST_CASE("mpirun: two, three and four ranks train what one process trains, to rounding", "[mpi]") {
    if (!there_is_mpi()) return;
    const NormsRun place;
    place.train(1, "one");
    const auto one = read_metrics(place / "one");
    for (const int ranks : {2, 3, 4}) {
        const std::string out = std::to_string(ranks);
        place.train(ranks, out);
        INFO(ranks << " ranks");
        CHECK(place.distance(out, "one") < 1e-5);
        const auto metrics = read_metrics(place / out);
        REQUIRE(metrics.size() == one.size());
        for (std::size_t i = 0; i < one.size(); ++i) {
            CHECK(near(metrics[i].train_loss, one[i].train_loss, 1e-5));
            CHECK(metrics[i].train_accuracy == one[i].train_accuracy);
            CHECK(near(metrics[i].test->loss, one[i].test->loss, 1e-5));
            CHECK(metrics[i].test->accuracy == one[i].test->accuracy);
        }
        CHECK(fs::exists(place / out / "report.html"));
    }
}

TEST_CASE("mpirun: with eight blocks, two and four ranks leave the bits of one process", "[mpi]") {
    if (!there_is_mpi()) return;
    const NormsRun place;
    place.train(1, "one", kBlocks);
    for (const int ranks : {2, 4}) {
        place.train(ranks, std::to_string(ranks), kBlocks);
        CHECK(place.distance(std::to_string(ranks), "one") == 0);
    }
}

TEST_CASE("mpirun: a run goes on in another number of ranks, to the last bit", "[mpi]") {
    if (!there_is_mpi()) return;
    const NormsRun place;
    const std::vector<std::string> norm = {"--set", "model.norm=batch", "--set", "train.replicas=4"};
    place.train(1, "whole", norm);
    auto first = norm, rest = norm;
    first.insert(first.end(), {"--set", "train.epochs=5"});
    rest.push_back("--resume");
    place.train(4, "parts", first);
    place.train(2, "parts", rest);
    CHECK(place.distance("parts", "whole") == 0);
    const Ended three = test::run(place.path(), in_ranks(3, {"train", "norms.json", "--set", "model.norm=batch",
                                                             "--set", "train.replicas=4", "--out", "no"}));
    CHECK(three.status == 1);
    CHECK(contains(three.err, "3 ranks cannot share 4 replicas"));
}

TEST_CASE("mpirun: a rank that is killed ends the others, and the run goes on in one process", "[mpi]") {
    if (!there_is_mpi()) return;
    const TinyRun tiny;
    const std::vector<std::string> train = {"train", "tiny.json", "--quiet", "--out", "run"};
    auto longer = train;
    longer.insert(longer.end(), {"--set", "train.epochs=100000"});
    Child mpirun(tiny.path(), in_ranks(3, longer));
    await([&] { return fs::exists(tiny / "run/checkpoint.safetensors"); });
    const std::vector<pid_t> ranks = leaves_below(mpirun.process());
    REQUIRE(ranks.size() == 3);
    ::kill(ranks[1], SIGKILL);
    CHECK(mpirun.wait() != 0);
    CHECK(contains(mpirun.err() + mpirun.out(), "Killed"));  // Open MPI says so here, MPICH there
    const Ended resumed =
        run_normlab(tiny.path(), {"train", "--resume", "--out", "run", "--quiet", "--set", "train.epochs=3"});
    INFO(resumed.err);
    CHECK(resumed.status == 0);
}

TEST_CASE("mpirun: Ctrl-C stops all ranks after the same step", "[mpi]") {
    if (!there_is_mpi()) return;
    const TinyRun tiny;
    Child mpirun(tiny.path(),
                 in_ranks(2, {"train", "tiny.json", "--quiet", "--out", "run", "--set", "train.epochs=100000"}));
    await([&] { return fs::exists(tiny / "run/checkpoint.safetensors"); });
    mpirun.send(SIGINT);
    CHECK(mpirun.wait() != 0);
    INFO(mpirun.err());
    CHECK(contains(mpirun.err(), "normlab: stopped after step "));
}

TEST_CASE("mpirun: ranks that fail alike say it once", "[mpi]") {
    if (!there_is_mpi()) return;
    const TinyRun tiny;
    const Ended wrong = run(tiny.path(), in_ranks(3, {"train", "tiny.json", "--set", "train.epocs=3"}));
    CHECK(wrong.status == 2);
    const std::size_t said = wrong.err.find("did you mean");
    REQUIRE(said != std::string::npos);
    CHECK(wrong.err.find("did you mean", said + 1) == std::string::npos);
}

TEST_CASE("mpirun: ranks share the runs of a comparison", "[mpi]") {
    if (!there_is_mpi()) return;
    const TinyRun tiny;
    replace_file(tiny / "sweep.json", tiny_sweep(tiny).dump());
    const Ended one = run_normlab(tiny.path(), {"compare", "sweep.json", "--quiet", "--out", "one"});
    const Ended three = run(tiny.path(), in_ranks(3, {"compare", "sweep.json", "--quiet", "--out", "three"}));
    INFO(one.err << three.err);
    REQUIRE((one.status == 0 && three.status == 0));
    for (const fs::directory_entry& run : fs::directory_iterator(tiny / "one"))
        if (fs::exists(run.path() / "model.safetensors"))
            CHECK(read_file(run.path() / "model.safetensors") ==
                  read_file(tiny / "three" / run.path().filename() / "model.safetensors"));
}
