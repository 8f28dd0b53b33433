#include "framework/support/threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "framework/support/error.h"

namespace normlab {
namespace {

// How often a thread looks for work before it sleeps. The runs of a step follow one another within microseconds and
// waking a sleeper takes tens of them; but a thread that looks for longer takes processor time from others, and the
// system makes it wait for that just when there is work again.
constexpr int kLooks = 2000;  // 20 to 80 microseconds

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
        number_of_run_ += 1;
        number_of_run_.notify_all();
        helpers_.clear();  // which waits for their end
        shares_ = std::vector<Share>(static_cast<std::size_t>(size));
        for (int i = 1; i < size; ++i)
            helpers_.emplace_back([this, i](const std::stop_token& stop) { help(stop, static_cast<std::size_t>(i)); });
    }

    // False for a call from within a piece or while another run is under way.
    bool run(Index pieces, PieceWork work) {
        const Turn turn(busy_);
        if (turn.ours && pieces > 1 && !helpers_.empty())
            share(pieces, work);
        else
            for (Index piece = 0; piece < pieces; ++piece) work.call(work.function, piece);
        return turn.ours;
    }

  private:
    static constexpr std::uint64_t kRun = std::uint64_t{1} << 32;

    // The number of the run, times kRun, plus the number of pieces left in the share; alone in its cache line.
    struct alignas(64) Share {
        std::atomic<std::uint64_t> left = 0;
    };

    struct Turn {
        std::atomic_flag& busy;
        const bool ours;
        explicit Turn(std::atomic_flag& flag) : busy(flag), ours(!flag.test_and_set(std::memory_order_acquire)) {}
        ~Turn() {
            if (ours) busy.clear(std::memory_order_release);
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
    };

    // A piece that throws ends the program: others under way would find this frame gone.
    void share(Index pieces, PieceWork work) noexcept {
        work_ = work;
        pieces_ = pieces;
        unfinished_.store(pieces, std::memory_order_relaxed);
        const std::uint64_t run = number_of_run_.load(std::memory_order_relaxed) + 1;
        for (std::size_t i = 0; i < shares_.size(); ++i)
            shares_[i].left.store(run * kRun + static_cast<std::uint64_t>(begin_of(i + 1) - begin_of(i)),
                                  std::memory_order_release);
        number_of_run_.store(run, std::memory_order_release);
        number_of_run_.notify_all();
        while (take_piece(0)) {
        }
        while (const Index left = unfinished_.load(std::memory_order_acquire)) wait_for_change(unfinished_, left);
    }

    Index begin_of(std::size_t share) const {
        return static_cast<Index>(share) * pieces_ / static_cast<Index>(shares_.size());
    }

    // From the thread's own share while it lasts, then from another's; false if no piece is left.
    bool take_piece(std::size_t own) {
        for (std::size_t i = 0; i < shares_.size(); ++i)
            if (take_piece_of((own + i) % shares_.size())) return true;
        return false;
    }

    // From whichever run is under way. Once a piece is taken its run cannot end before it is done.
    bool take_piece_of(std::size_t share) {
        std::atomic<std::uint64_t>& left = shares_[share].left;
        std::uint64_t seen = left.load(std::memory_order_acquire);
        do {
            if (seen % kRun == 0) return false;
        } while (!left.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire));
        work_.call(work_.function, begin_of(share + 1) - static_cast<Index>(seen % kRun));
        if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
        return true;
    }

    void help(const std::stop_token& stop, std::size_t own) {
        for (;;) {
            const std::uint64_t seen = number_of_run_.load(std::memory_order_acquire);
            if (stop.stop_requested()) return;  // after the number was read: resize() changes it last
            if (!take_piece(own)) wait_for_change(number_of_run_, seen);
        }
    }

    std::atomic_flag busy_;
    PieceWork work_{};
    Index pieces_ = 0;
    std::atomic<std::uint64_t> number_of_run_ = 0;
    std::vector<Share> shares_;          // of the caller, then of its helpers
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
    if (listener == nullptr) {
        team().run(pieces, work);
        return;
    }
    const auto start = std::chrono::steady_clock::now();
    if (!team().run(pieces, work)) return;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    listener(pieces, took.count());
}

void hear_pieces(PiecesHeard heard) {
    listener = heard;
}

}  // namespace normlab
