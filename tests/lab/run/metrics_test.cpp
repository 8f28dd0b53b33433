#include "lab/run/metrics.h"

#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("metrics.csv has a column for whatever any epoch has", "[run]") {
    const EpochMetrics plain = {.epoch = 1, .validation = Score{0.5, 0.8}};
    const EpochMetrics tested = {.epoch = 2, .validation = Score{0.4, 0.85}, .test = Score{0.45, 0.84}};
    const EpochMetrics after = {.epoch = 3, .validation = Score{0.3, 0.9}};  // the run was given another epoch
    const std::string text = metrics_csv({plain, tested, after});
    INFO(text);
    CHECK(contains(text.substr(0, text.find('\n')), "test_accuracy"));
    CHECK(contains(text, "0.84"));
}
