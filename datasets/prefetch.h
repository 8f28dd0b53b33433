// Work done ahead of its use: items number first, first + 1, … last − 1 are made on separate threads while earlier ones
// are being used, and are handed over in that order, whichever is ready first.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "framework/support/scalar.h"

namespace normlab {

template <class Item>
class Prefetcher {
  public:
    // At most `ahead` items are made or waiting at any time. `make` is called from several threads at once.
    Prefetcher(Index first, Index last, int workers, Index ahead, std::function<Item(Index)> make)
        : begun_(first), taken_(first), last_(last), slots_(static_cast<std::size_t>(ahead)), make_(std::move(make)) {
        for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
    }
    // May be destroyed at any time: what is being made is finished and dropped.
    ~Prefetcher() {
        const std::lock_guard lock(mutex_);
        last_ = begun_;
        room_.notify_all();
    }
    Prefetcher(const Prefetcher&) = delete;
    Prefetcher& operator=(const Prefetcher&) = delete;

    // The next item; empty after the last. What `make` threw for it is thrown here, and nothing comes after.
    std::optional<Item> next() {
        std::unique_lock lock(mutex_);
        if (taken_ == last_) return std::nullopt;
        Slot& slot = slot_of(taken_);
        ready_.wait(lock, [&] { return slot.item || slot.error; });
        if (slot.error) {
            taken_ = begun_ = last_;
            room_.notify_all();
            std::rethrow_exception(slot.error);
        }
        std::optional<Item> item;
        std::swap(item, slot.item);
        ++taken_;
        room_.notify_one();
        return item;
    }

  private:
    struct Slot {
        std::optional<Item> item;
        std::exception_ptr error;
    };
    Slot& slot_of(Index number) { return slots_[static_cast<std::size_t>(number) % slots_.size()]; }

    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            room_.wait(lock, [&] { return begun_ >= last_ || begun_ < taken_ + static_cast<Index>(slots_.size()); });
            if (begun_ >= last_) return;
            const Index number = begun_++;
            lock.unlock();
            Slot made;
            try {
                made.item = make_(number);
            } catch (...) {
                made.error = std::current_exception();
            }
            lock.lock();
            slot_of(number) = std::move(made);
            ready_.notify_one();
        }
    }

    std::mutex mutex_;
    std::condition_variable room_, ready_;
    Index begun_, taken_, last_;  // how many items workers have begun, the user has taken, and there are
    std::vector<Slot> slots_;
    std::function<Item(Index)> make_;
    std::vector<std::jthread> threads_;  // joined before anything above is destroyed
};

}  // namespace normlab
