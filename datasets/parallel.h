// The same work on many images, spread over threads. The result does not depend on which thread does what.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "framework/support/scalar.h"

namespace normlab {

// Calls work(i) for every i below `count`, on as many threads as there are processors. If calls throw, the error of the
// smallest i among those that ran is rethrown, and calls that have not begun are skipped.
template <class Work>
void parallel_for(Index count, const Work& work) {
    constexpr Index piece = 16;  // small enough to share evenly, large enough that the counter is not a bottleneck
    std::atomic<Index> next = 0;
    std::mutex mutex;
    std::exception_ptr error;
    Index error_at = count;
    const auto worker = [&] {
        for (Index first = next.fetch_add(piece); first < count; first = next.fetch_add(piece)) {
            for (Index i = first; i < std::min(first + piece, count); ++i) {
                try {
                    work(i);
                } catch (...) {
                    const std::lock_guard lock(mutex);
                    if (i < error_at) error = std::current_exception(), error_at = i;
                    next = count;
                    return;
                }
            }
        }
    };
    {
        std::vector<std::jthread> helpers;
        const Index threads =
            std::min<Index>(std::max(1u, std::thread::hardware_concurrency()), (count + piece - 1) / piece);
        for (Index i = 1; i < threads; ++i) helpers.emplace_back(worker);
        worker();
    }
    if (error) std::rethrow_exception(error);
}

}  // namespace normlab
