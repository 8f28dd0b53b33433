#include "framework/support/threads.h"

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

template <class Work>
void run(Index pieces, const Work& work) {
    run_pieces(pieces, {&work, [](const void* f, Index piece) { (*static_cast<const Work*>(f))(piece); }});
}

}  // namespace

TEST_CASE("every piece is done once, by any number of threads, run after run", "[threads]") {
    const ThreadCount scope(GENERATE(1, 2, 5));
    for (const Index pieces : {0, 1, 2, 7, 1000})
        for (int repetition = 0; repetition < 20; ++repetition) {
            std::vector<std::atomic<int>> done(static_cast<std::size_t>(pieces));
            run(pieces, [&](Index piece) { ++done[static_cast<std::size_t>(piece)]; });
            for (const std::atomic<int>& each : done) REQUIRE(each == 1);
        }
}

TEST_CASE("a run from within a piece is done by the thread of that piece", "[threads]") {
    const ThreadCount scope(3);
    std::atomic<int> done = 0, strangers = 0;
    run(8, [&](Index) {
        const std::thread::id outer = std::this_thread::get_id();
        run(10, [&](Index) {
            ++done;
            if (std::this_thread::get_id() != outer) ++strangers;
        });
    });
    REQUIRE(done == 80);
    REQUIRE(strangers == 0);
}

TEST_CASE("threads that run pieces at the same time do not get each other's", "[threads]") {
    const ThreadCount scope(2);
    std::vector<Index> sums(4);
    {
        std::vector<std::jthread> callers;
        for (Index& sum : sums)
            callers.emplace_back([&sum] {
                for (int repetition = 0; repetition < 50; ++repetition) {
                    std::vector<Index> numbers(100);
                    run(100, [&](Index piece) { numbers[static_cast<std::size_t>(piece)] = piece; });
                    sum += std::accumulate(numbers.begin(), numbers.end(), Index{0});
                }
            });
    }
    for (const Index sum : sums) REQUIRE(sum == 50 * 4950);
}

TEST_CASE("the number of threads is what was asked for, and at least one", "[threads]") {
    const ThreadCount scope(3);
    REQUIRE(threads() == 3);
    REQUIRE(
        contains(error_of([] { set_threads(0); }), "[threads] the number of threads must be from 1 to 1024, got 0"));
    REQUIRE(contains(error_of([] { set_threads(100000); }), "from 1 to 1024, got 100000"));
    REQUIRE(threads() == 3);
}
