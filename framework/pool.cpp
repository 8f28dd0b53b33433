#include "framework/pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <utility>

namespace normlab {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Sizes are rounded up so that near sizes can take each other's place: to lines below a page, to 1/8 of the leading
// power of two above.
std::size_t rounded(std::size_t bytes) {
    std::size_t step = kLine;
    while (step * 16 <= bytes) step *= 2;
    return std::max(kLine, (bytes + step - 1) / step * step);
}

class Pool {
  public:
    std::pair<void*, std::size_t> take(std::size_t bytes) {
        const std::size_t size = rounded(bytes);
        const std::lock_guard lock(mutex_);
        // The smallest waiting block that fits, if it wastes no more than a quarter.
        auto waiting = waiting_.lower_bound(size);
        if (waiting == waiting_.end() || waiting->first > size + size / 4) {
            statistics_.system_allocations += 1;
            statistics_.bytes_held += size;
            waiting = waiting_.emplace(size, from_system(size));
        }
        const auto [block_size, data] = *waiting;
        waiting_.erase(waiting);
        statistics_.bytes_in_use += block_size;
        statistics_.peak_bytes_in_use = std::max(statistics_.peak_bytes_in_use, statistics_.bytes_in_use);
        return {data, block_size};
    }

    void give_back(void* data, std::size_t size) {
        const std::lock_guard lock(mutex_);
        statistics_.bytes_in_use -= size;
        waiting_.emplace(size, data);
    }

    void release() {
        const std::lock_guard lock(mutex_);
        for (const auto& [size, data] : waiting_) {
            statistics_.bytes_held -= size;
            std::free(data);
        }
        waiting_.clear();
    }

    PoolStatistics statistics() {
        const std::lock_guard lock(mutex_);
        return statistics_;
    }

  private:
    // Large blocks are asked for as huge pages: fewer page faults, fewer misses in the address translation.
    static void* from_system(std::size_t size) {
        const bool large = size >= 2 * kHugePage;
        const std::size_t alignment = large ? kHugePage : kLine;
        void* data = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
        if (data == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
        if (large) madvise(data, size, MADV_HUGEPAGE);
#endif
        return data;
    }

    std::mutex mutex_;
    std::multimap<std::size_t, void*> waiting_;
    PoolStatistics statistics_;
};

// Never destroyed: tensors with static storage may outlive any other static.
Pool& pool() {
    static Pool& instance = *new Pool;
    return instance;
}

}  // namespace

Block::Block(std::size_t bytes) {
    if (bytes > 0) std::tie(data_, bytes_) = pool().take(bytes);
}
Block::~Block() {
    if (data_ != nullptr) pool().give_back(data_, bytes_);
}
Block::Block(Block&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
Block& Block::operator=(Block&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

PoolStatistics pool_statistics() { return pool().statistics(); }
void release_pool() { pool().release(); }

}  // namespace normlab
