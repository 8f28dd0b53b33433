#include "lab/claims/workbench/weights.h"
#include "lab/claims/workbench/workbench.h"
#include "tests/catch.h"
#include "tests/temporary.h"

using namespace normlab;

namespace {

namespace fs = std::filesystem;

const std::string kCase = "dropout";

// One piece: trains for 12 steps with momentum, and notes in each what it sees. After `stop_after` steps the user
// stops.
Numbers piece(const fs::path& memory, int stop_after) {
    std::atomic<bool> stop = false;
    Workbench bench({.stop = &stop, .memory = memory});
    const DataSet& images = bench.images("digits", 160, 10);  // five batches to an epoch
    return bench.each({label_of(kCase, 3)}, [&](std::size_t) {
        const auto net = make_net({.layers = R"([{"type":"flatten"},{"type":"linear","out":16},{"type":"norm"},
            {"type":"relu"},{"type":"dropout"},{"type":"linear"}])"},
                                  3);
        Numbers found;
        const Recipe recipe{.steps = 12, .batch = 32, .momentum = 0.9, .cosine = true};
        const auto look = [&](Index step, const Batch& batch) {
            found["first image"].push_back(static_cast<double>(batch.indices[0]));
            found["third"].push_back(1.0 / 3 + static_cast<double>(step));
            if (step + 1 == stop_after) stop = true;
        };
        const Training training = bench.train(*net, images, recipe, 3, look, {kCase, &found});
        found["losses"] = training.losses, found["accuracies"] = training.accuracies;
        for (const Scalar weight : Weights::of(*net).part("1.weight").values()) found["weights"].push_back(weight);
        found["test"] = {test_accuracy(*net, images)};
        return found;
    })[0];
}

std::size_t unfinished_in(const fs::path& folder) {
    std::size_t count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        count += entry.path().extension() == ".safetensors";
    return count;
}

}  // namespace

TEST_CASE("a training that was stopped twice and taken up again has the bits of one that was not", "[claims]") {
    const test::TemporaryFolder folder;
    const Numbers whole = piece({}, -1);
    const fs::path memory = folder.path() / "pieces.jsonl";
    CHECK_THROWS_AS(piece(memory, 3), Stopped);
    CHECK(unfinished_in(folder.path()) == 1);
    CHECK_THROWS_AS(piece(memory, 7), Stopped);
    const Numbers resumed = piece(memory, -1);
    CHECK(resumed == whole);
    CHECK(whole.at("losses").size() == 12);
    CHECK(unfinished_in(folder.path()) == 0);
}

TEST_CASE("a training is kept while it is under way, and one of other options does not continue from it", "[claims]") {
    const test::TemporaryFolder folder;
    const auto steps_seen = [&](const WorkbenchOptions& options) {
        Workbench bench(options);
        Numbers found;
        const auto net = make_net({.layers = mlp(1, 16, "relu")}, 3);
        const auto look = [&](Index step, const Batch&) {
            CHECK(unfinished_in(folder.path()) == 1);
            found["step"].push_back(static_cast<double>(step));
        };
        bench.train(*net, bench.images("digits", 160, 10), {.steps = 4, .batch = 32}, 3, look, {kCase, &found});
        return found["step"];
    };
    const fs::path memory = folder.path() / "pieces.jsonl";
    CHECK(steps_seen({.memory = memory, .save_every = 0}) == std::vector<double>{0, 1, 2, 3});
    CHECK(steps_seen({.steps = 3, .memory = memory}) == std::vector<double>{0, 1, 2});
}
