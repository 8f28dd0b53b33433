#include "lab/run/plateau.h"

#include <cmath>

#include "framework/support/files.h"
#include "tests/catch.h"
#include "tests/lab/small_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

std::vector<EpochMetrics> with_losses(const std::vector<double>& losses) {
    std::vector<EpochMetrics> metrics;
    for (const double loss : losses) metrics.push_back({.train_loss = loss, .test = Score{}});
    return metrics;
}

}  // namespace

TEST_CASE("a plateau lowers the rate where PyTorch's ReduceLROnPlateau does", "[plateau]") {
    // By the rule of its step(), worked out by hand: the fifth test is the third in vain, and then the eighth is.
    const std::vector<double> losses = {1, 0.5, 0.6, 0.49999, 0.7, 0.5, 0.5, 0.5, 0.4, 0.4};
    const std::vector<Index> lowered = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2};
    for (std::size_t tests = 1; tests <= losses.size(); ++tests) {
        INFO(tests);
        CHECK(reductions_on_plateau(with_losses({losses.begin(), losses.begin() + static_cast<std::ptrdiff_t>(tests)}),
                                    2) == lowered[tests - 1]);
    }
}

TEST_CASE("with validation images a plateau is one of their loss", "[plateau]") {
    std::vector<EpochMetrics> metrics = with_losses({3, 2, 1});
    CHECK(reductions_on_plateau(metrics, 1) == 0);
    for (EpochMetrics& each : metrics) each.validation = Score{.loss = 1};
    CHECK(reductions_on_plateau(metrics, 1) == 1);
}

TEST_CASE("a lowered rate stays at its least, which no warm-up is raised to", "[plateau]") {
    const ScheduleConfig config{.type = "plateau", .min_lr = 0.02, .factor = 0.5};
    CHECK(config.lowered(0.1, 0) == 0.1);
    CHECK(config.lowered(0.1, 2) == 0.025);
    CHECK(config.lowered(0.1, 3) == 0.02);
    CHECK(config.lowered(0.01, 3) == 0.01);
}

TEST_CASE("a run on a plateau learns at the lowered rate, wherever it was stopped", "[plateau]") {
    const TemporaryFolder place;
    write_small_set(place / "set");
    Json config = small_config(place / "set");
    config["data"]["validation"] = 0.2;
    config["optim"]["lr"] = 0.5;  // it jumps about
    config["schedule"] = {{"type", "plateau"}, {"patience", 0}, {"factor", 0.25}, {"warmup_epochs", 0.5}};
    config["train"]["epochs"] = 6;
    const std::vector<EpochMetrics> whole = run_small(config, place / "whole").metrics;
    std::vector<EpochMetrics> before;
    for (const EpochMetrics& each : whole) {
        CHECK(each.lr == 0.5 * std::pow(0.25, reductions_on_plateau(before, 0)));
        before.push_back(each);
    }
    CHECK(whole.back().lr < 0.5);
    bool finished = false;
    while (!finished) {
        Listener stops(5);
        finished = run_small(config, place / "run", stops, true).finished;
    }
    CHECK(read_file(place / "run/model.safetensors") == read_file(place / "whole/model.safetensors"));
}
