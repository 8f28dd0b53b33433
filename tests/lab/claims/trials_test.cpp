#include "lab/claims/workbench/trials.h"

#include "framework/support/error.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;

namespace {

int times_worked = 0;

// What is found is the rate times the seed, and then ten times as much.
Numbers rate_by_seed(Workbench&, const Run& run, std::uint64_t seed) {
    ++times_worked;
    const double number = run.rate * static_cast<double>(seed);
    return {{"step", {0, 1}}, {"number", {number, 10 * number}}};
}

const Run kSlowRun{"net", "batch", 0.5}, kFastRun = {"net", "batch", 2};

}  // namespace

TEST_CASE("trials find a number of each case for each seed, in the order of the seeds", "[claims]") {
    Workbench bench({.seeds = {3, 1}});
    const Trials trials(bench, {kSlowRun, kFastRun}, rate_by_seed);
    CHECK(trials.of(kSlowRun, "number") == std::vector<double>{1.5, 0.5});
    CHECK(trials.of(kSlowRun, "number", 1) == std::vector<double>{15, 5});
    CHECK(trials.of(kFastRun, "number", last_of) == std::vector<double>{60, 20});
    CHECK(trials.difference(kFastRun, kSlowRun, "number", last_of) == std::vector<double>{45, 15});
    CHECK(trials.ratio(kFastRun, kSlowRun, "number") == std::vector<double>{4, 4});
    CHECK(trials.list(kSlowRun, "number", 1) == std::vector<double>{0.5, 5});
    CHECK(test::contains(test::error_of([&] { trials.of(kSlowRun, "loss"); }),
                         "the case \"net, batch, rate 0.5\" found no \"loss\""));
    CHECK(test::contains(test::error_of([&] { trials.of("other", "number"); }), "there is no case \"other\""));
}

TEST_CASE("a curve has the mean over the seeds, with the least and the largest around it", "[claims]") {
    Workbench bench({.seeds = {3, 1}});
    const Trials trials(bench, {kSlowRun, kFastRun}, rate_by_seed);
    const Plot::Curve curve = trials.curve(kSlowRun, "number", {"slow", "느리게"}, {0, 1}, 2);
    CHECK(curve.y == std::vector<double>{1, 10});
    CHECK(curve.low == std::vector<double>{0.5, 5});
    CHECK(curve.high == std::vector<double>{1.5, 15});
    CHECK(trials.across({kSlowRun, kFastRun}, "number", {"", ""}, {0.5, 2}, 0).y == std::vector<double>{1, 4});
    CHECK(trials.path(kFastRun, "step", "number", {"", ""}, 0).y == std::vector<double>{6, 60});
}

TEST_CASE("what was tried once is not tried again, and a case may be tried with the first seed only", "[claims]") {
    Workbench bench({.seeds = {3, 1}});
    times_worked = 0;
    const Trials first(bench, std::vector<Run>{kSlowRun}, rate_by_seed, Trials::Seeds::first),
        all(bench, {kSlowRun}, rate_by_seed);
    CHECK(first.of(kSlowRun, "number") == std::vector<double>{1.5});
    CHECK(all.of(kSlowRun, "number") == std::vector<double>{1.5, 0.5});
    CHECK(times_worked == 2);
}
