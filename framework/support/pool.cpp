#include "framework/support/pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <utility>
#include <vector>

#ifdef NORMLAB_SANITIZE
#include <sanitizer/asan_interface.h>
#endif

namespace normlab {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kRegion = std::size_t{256} << 20;
constexpr std::size_t kSmall = std::size_t{256} << 10;
constexpr std::size_t kMostWaiting = std::size_t{4} << 20;

// The address sanitizer sees a region as one block. It is told which parts must not be touched: free spans, and a cache
// line at the end of every span in use.
#ifdef NORMLAB_SANITIZE
constexpr std::size_t kGuard = kLine;
void forbid(void* data, std::size_t bytes) {
    __asan_poison_memory_region(data, bytes);
}
void allow(void* data, std::size_t bytes) {
    __asan_unpoison_memory_region(data, bytes);
}
#else
constexpr std::size_t kGuard = 0;
void forbid(void*, std::size_t) {}
void allow(void*, std::size_t) {}
#endif

std::size_t rounded(std::size_t bytes, std::size_t to) {
    return std::max(to, (bytes + to - 1) / to * to);
}

// Memory comes from the system in large regions and is cut into spans, in use or free:
//
//     region   | in use | free    | in use | in use | free                |
//
// The smallest free span that is large enough is cut to size; a returned span joins its free neighbours. So one step's
// activations, gradients and scratch share memory whatever their sizes. (Uncut blocks kept by size took 744 MiB to
// train resnet9; this takes 447.)
//
// One image takes hundreds of small spans, each for microseconds. So these wait as they are for the next request of
// their size, up to a limit in all, and join their neighbours when a larger span is wanted.
class Pool {
  public:
    std::pair<void*, std::size_t> take(std::size_t bytes) {
        const std::size_t size = rounded(bytes + kGuard, kLine);
        const std::lock_guard lock(mutex_);
        char* start = take_waiting(size);
        if (start == nullptr) start = cut(size);
        statistics_.bytes_in_use += size;
        statistics_.peak_bytes_in_use = std::max(statistics_.peak_bytes_in_use, statistics_.bytes_in_use);
        allow(start, bytes);
        return {start, size};
    }

    void give_back(void* data, std::size_t size) {
        const std::lock_guard lock(mutex_);
        forbid(data, size);
        statistics_.bytes_in_use -= size;
        char* const start = static_cast<char*>(data);
        if (size <= kSmall && waiting_bytes_ + size <= kMostWaiting) {
            waiting_[size].push_back(start);
            waiting_bytes_ += size;
        } else {
            join(start, size);
        }
    }

    void release() {
        const std::lock_guard lock(mutex_);
        join_waiting();
        for (auto region = regions_.begin(); region != regions_.end();) {
            const auto whole = free_.find(region->first);
            if (whole == free_.end() || whole->second != region->second) {
                ++region;
                continue;
            }
            statistics_.bytes_held -= region->second;
            erase_free(whole);
            allow(region->first, region->second);
            std::free(region->first);
            region = regions_.erase(region);
        }
    }

    void reset_peak() {
        const std::lock_guard lock(mutex_);
        statistics_.peak_bytes_in_use = statistics_.bytes_in_use;
    }

    PoolStatistics statistics() {
        const std::lock_guard lock(mutex_);
        return statistics_;
    }

  private:
    using Free = std::map<char*, std::size_t>;

    char* take_waiting(std::size_t size) {
        const auto spans = waiting_.find(size);
        if (spans == waiting_.end() || spans->second.empty()) return nullptr;
        char* const start = spans->second.back();
        spans->second.pop_back();
        waiting_bytes_ -= size;
        return start;
    }
    void join_waiting() {
        if (waiting_bytes_ == 0) return;
        for (auto& [size, spans] : waiting_)
            for (; !spans.empty(); spans.pop_back()) join(spans.back(), size);
        waiting_bytes_ = 0;
    }

    char* cut(std::size_t size) {
        if (size > kSmall) join_waiting();
        auto found = by_size_.lower_bound({size, nullptr});
        if (found == by_size_.end()) found = by_size_.insert(new_region(size)).first;
        const auto [length, start] = *found;
        by_size_.erase(found);
        free_.erase(start);
        if (length > size) insert_free(start + size, length - size);
        return start;
    }

    void join(char* start, std::size_t size) {
        auto after = free_.lower_bound(start);
        if (after != free_.end() && after->first == start + size && !regions_.contains(after->first)) {
            size += after->second;
            after = erase_free(after);
        }
        if (after != free_.begin() && !regions_.contains(start)) {
            const auto before = std::prev(after);
            if (before->first + before->second == start) {
                start = before->first;
                size += before->second;
                erase_free(before);
            }
        }
        insert_free(start, size);
    }

    // A region in huge pages: fewer page faults, fewer misses in the address translation. It costs nothing until used.
    std::pair<std::size_t, char*> new_region(std::size_t size) {
        const std::size_t length = rounded(size, kRegion);
        void* data = std::aligned_alloc(kHugePage, length);
        if (data == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
        madvise(data, length, MADV_HUGEPAGE);
#endif
        statistics_.system_allocations += 1;
        statistics_.bytes_held += length;
        char* const start = static_cast<char*>(data);
        forbid(data, length);
        regions_.emplace(start, length);
        free_.emplace(start, length);
        return {length, start};
    }
    void insert_free(char* start, std::size_t length) {
        free_.emplace(start, length);
        by_size_.emplace(length, start);
    }
    Free::iterator erase_free(Free::iterator span) {
        by_size_.erase({span->second, span->first});
        return free_.erase(span);
    }

    std::mutex mutex_;
    Free regions_, free_;                                // where each begins, and its length
    std::set<std::pair<std::size_t, char*>> by_size_;    // the free ones, once more
    std::map<std::size_t, std::vector<char*>> waiting_;  // where each begins, by size
    std::size_t waiting_bytes_ = 0;
    PoolStatistics statistics_;
};

// Never destroyed: tensors with static storage may outlive any other static.
Pool& pool() {
    static Pool& instance = *new Pool;
    return instance;
}

}  // namespace

Memory::Memory(std::size_t bytes) {
    if (bytes > 0) std::tie(data_, bytes_) = pool().take(bytes);
}
Memory::~Memory() {
    if (data_ != nullptr) pool().give_back(data_, bytes_);
}
Memory::Memory(Memory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
Memory& Memory::operator=(Memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

PoolStatistics pool_statistics() {
    return pool().statistics();
}
void reset_pool_peak() {
    pool().reset_peak();
}
void release_pool() {
    pool().release();
}

}  // namespace normlab
