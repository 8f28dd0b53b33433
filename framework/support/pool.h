// Memory that is reused. A training step asks for the same sizes again and again; fresh pages for each of them cost a
// framework up to half of its time. The pool takes large regions from the system, hands out parts of them, takes them
// back, and hands them out again: from the second step on, it asks the system for nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "framework/support/scalar.h"

namespace normlab {

// One block, 64-byte aligned (a cache line and the widest vector), given back to the pool when the Memory ends. Its
// contents are undefined at first.
class Memory {
  public:
    Memory() = default;
    explicit Memory(std::size_t bytes);
    ~Memory();
    Memory(Memory&& other) noexcept;
    Memory& operator=(Memory&& other) noexcept;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    template <class T = Scalar>
    T* as() const {
        return static_cast<T*>(data_);
    }

  private:
    void* data_ = nullptr;
    std::size_t bytes_ = 0;
};

struct PoolStatistics {
    std::uint64_t system_allocations = 0;  // requests for memory to the system so far
    std::size_t bytes_held = 0;            // regions taken from the system and not returned
    std::size_t bytes_in_use = 0;
    std::size_t peak_bytes_in_use = 0;
};
PoolStatistics pool_statistics();
void reset_pool_peak();  // starts the peak from what is in use now

// Returns unused regions to the system, for a program that will do something else.
void release_pool();

}  // namespace normlab
