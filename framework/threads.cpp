#include "framework/threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "framework/error.h"

namespace normlab {
namespace {

// How often one looks whether there is news before one sleeps. The runs of a step follow one another within
// microseconds and waking a sleeper takes tens of them; but who looks for longer takes the time of others on this
// processor, for which the system makes him wait just when there is work again.
constexpr int kLooks = 2000;  // 20 to 80 microseconds

constexpr int kMostThreads = 1024;

void pause_shortly() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Waits until `number` is not `old`.
template <class Number>
void wait_for_change(const std::atomic<Number>& number, Number old) {
    for (int look = 0; look < kLooks; ++look) {
        if (number.load(std::memory_order_acquire) != old) return;
        pause_shortly();
    }
    number.wait(old, std::memory_order_acquire);
}

class Team {
  public:
    explicit Team(int size) { resize(size); }
    ~Team() { resize(1); }
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    int size() const { return static_cast<int>(helpers_.size()) + 1; }

    void resize(int size) {
        for (std::jthread& helper : helpers_) helper.request_stop();
        offer(0);
        helpers_.clear();  // which waits for their end
        for (int i = 1; i < size; ++i) helpers_.emplace_back([this](const std::stop_token& stop) { help(stop); });
    }

    void run(Index pieces, PieceWork work) {
        if (pieces <= 1 || helpers_.empty() || busy_.test_and_set(std::memory_order_acquire)) {
            for (Index piece = 0; piece < pieces; ++piece) work.call(work.function, piece);
            return;
        }
        work_ = work;
        pieces_ = pieces;
        unfinished_.store(pieces, std::memory_order_relaxed);
        offer(pieces);
        while (take_piece()) {
        }
        while (const Index left = unfinished_.load(std::memory_order_acquire)) wait_for_change(unfinished_, left);
        busy_.clear(std::memory_order_release);
    }

  private:
    static constexpr std::uint64_t kRun = std::uint64_t{1} << 32;

    void offer(Index pieces) {
        const std::uint64_t run = offer_.load(std::memory_order_relaxed) / kRun + 1;
        offer_.store(run * kRun + static_cast<std::uint64_t>(pieces), std::memory_order_release);
        offer_.notify_all();
    }

    // Of whichever run is under way; false if no piece is left of it. Once a piece is taken its run cannot end.
    bool take_piece() {
        std::uint64_t seen = offer_.load(std::memory_order_acquire);
        do {
            if (seen % kRun == 0) return false;
        } while (!offer_.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire));
        work_.call(work_.function, pieces_ - static_cast<Index>(seen % kRun));
        if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
        return true;
    }

    void help(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const std::uint64_t seen = offer_.load(std::memory_order_acquire);
            if (!take_piece()) wait_for_change(offer_, seen);
        }
    }

    std::atomic_flag busy_;
    PieceWork work_{};
    Index pieces_ = 0;
    // The number of the run, times kRun, plus the pieces of it that nobody has taken.
    std::atomic<std::uint64_t> offer_ = 0;
    std::atomic<Index> unfinished_ = 0;  // pieces that are not done
    std::vector<std::jthread> helpers_;
};

int wanted_at_first() {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
#endif
}

Team& team() {
    static Team instance(wanted_at_first());
    return instance;
}

PiecesHeard listener = nullptr;

}  // namespace

int threads() {
    return team().size();
}

void set_threads(int count) {
    require(count >= 1 && count <= kMostThreads, "threads", "the number of threads must be from 1 to ", kMostThreads,
            ", got ", count);
    team().resize(count);
}

void run_pieces(Index pieces, PieceWork work) {
    if (listener == nullptr) return team().run(pieces, work);
    const auto start = std::chrono::steady_clock::now();
    team().run(pieces, work);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    listener(pieces, took.count());
}

void hear_pieces(PiecesHeard heard) {
    listener = heard;
}

}  // namespace normlab
