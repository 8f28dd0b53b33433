#include "lab/timing/bench.h"

#include "framework/support/threads.h"
#include "tests/catch.h"

using namespace normlab;

TEST_CASE("the memory of a step is the config's, whatever has run before and on however many threads", "[bench]") {
    const Config small =
        parse_config({{"data", {{"name", "shapes"}, {"batch_size", 2}}}, {"model", {{"arch", "resnet8"}}}});
    const Config large =
        parse_config({{"data", {{"name", "digits"}, {"batch_size", 8}}}, {"model", {{"arch", "lenet"}}}});
    const double first = step_memory_mib(small);
    const ThreadCount four(4);
    REQUIRE(step_memory_mib(large) > 2 * first);
    REQUIRE(step_memory_mib(small) == first);
    const Tensor kept({1000});  // in the middle of the pool's memory
    REQUIRE(step_memory_mib(small) == first);
}
