#include "lab/run/ranks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include "framework/support/error.h"
#include "framework/support/pool.h"
#include "framework/support/threads.h"

#ifdef NORMLAB_MPI
#include <mpi.h>
#endif

namespace normlab {
namespace {

// What starters of MPI programs tell each process: Open MPI, MPICH and its relatives.
bool started_by_mpirun() {
    constexpr std::array kSizes = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    return std::ranges::any_of(kSizes, [](const char* name) {
        const char* size = std::getenv(name);
        return size != nullptr && std::atoi(size) > 1;
    });
}

#ifdef NORMLAB_MPI

constexpr std::size_t kShort = 4096;  // numbers that are sent whole: half as many messages

template <class T>
MPI_Datatype type_of() {
    return std::is_same_v<T, float> ? MPI_FLOAT : MPI_DOUBLE;
}

class MpiRanks : public Collective {
  public:
    MpiRanks() {
        int number = 0;
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &number);
        require(number == MPI_THREAD_MULTIPLE, "mpirun", "this MPI does not let several threads send");
        MPI_Comm_rank(MPI_COMM_WORLD, &number), rank_ = number;
        MPI_Comm_size(MPI_COMM_WORLD, &number), size_ = number;
        require(size_ > 1, "mpirun",
                "this mpirun belongs to another MPI than the one that this program was built with");
        MPI_Comm machine;
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
        MPI_Comm_size(machine, &on_machine_);
        MPI_Comm_free(&machine);
        MPI_Comm_dup(MPI_COMM_WORLD, &background_);
    }
    ~MpiRanks() override {
        if (begun_.valid()) begun_.wait();
        MPI_Comm_free(&background_);
        MPI_Finalize();
    }
    MpiRanks(const MpiRanks&) = delete;
    MpiRanks& operator=(const MpiRanks&) = delete;

    Index rank() const override { return rank_; }
    Index size() const override { return size_; }
    int on_machine() const { return on_machine_; }

    void sum(std::span<float> x) override { sum_of(x, MPI_COMM_WORLD); }
    void sum(std::span<double> x) override { sum_of(x, MPI_COMM_WORLD); }
    void begin_sum(std::span<Scalar> x) override {  // after those before it, as all ranks have them in one order
        begun_ = std::async(std::launch::async, [this, x, before = std::move(begun_)]() mutable {
            if (before.valid()) before.get();
            sum_of(x, background_);
        });
    }
    void end_sums() override {
        if (begun_.valid()) begun_.get();
    }
    void gather(std::span<const double> own, std::span<double> all) override {
        const int count = static_cast<int>(own.size());
        MPI_Allgather(own.data(), count, MPI_DOUBLE, all.data(), count, MPI_DOUBLE, MPI_COMM_WORLD);
    }

  private:
    template <class T>
    void sum_of(std::span<T> x, MPI_Comm among);

    // In the background the processor is left to the arithmetic until something has come.
    template <class T>
    void exchange(Index with, std::span<const T> mine, std::span<T> theirs, MPI_Comm among) const {
        constexpr std::chrono::microseconds kNap(20);
        MPI_Request both[2];
        MPI_Irecv(theirs.data(), static_cast<int>(theirs.size()), type_of<T>(), static_cast<int>(with), 0, among, both);
        MPI_Isend(mine.data(), static_cast<int>(mine.size()), type_of<T>(), static_cast<int>(with), 0, among, both + 1);
        if (among != background_) MPI_Waitall(2, both, MPI_STATUSES_IGNORE);
        const auto done = [&] {
            int all = 0;
            MPI_Testall(2, both, &all, MPI_STATUSES_IGNORE);
            return all != 0;
        };
        while (among == background_ && !done()) std::this_thread::sleep_for(kNap);
    }

    Index rank_ = 0, size_ = 1;
    int on_machine_ = 1;
    MPI_Comm background_ = MPI_COMM_NULL;
    std::future<void> begun_;
};

// MPI_Allreduce promises no order of its additions, and the order decides the last bits. Here it is a tree: in each
// round two halves of a group exchange what they have and add it, neighbours first. Long vectors are halved on the way
// (Rabenseifner 2004): each of the two adds up one half only, and in the end the sums travel back. Ranks beyond the
// largest power of two give what they have to one within it and get the result.
template <class T>
void MpiRanks::sum_of(std::span<T> x, MPI_Comm among) {
    const Index within = static_cast<Index>(std::bit_floor(static_cast<std::size_t>(size_)));
    const Memory memory(x.size_bytes());
    const std::span<T> received(memory.as<T>(), x.size());
    const auto add = [&](std::span<T> to) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] += received[i];
    };
    const std::span<T> nothing;
    if (rank_ >= within) {
        exchange<T>(rank_ - within, x, nothing, among);
        return exchange<T>(rank_ - within, nothing, x, among);
    }
    const bool has_guest = rank_ + within < size_;
    if (has_guest) exchange<T>(rank_ + within, nothing, received, among), add(x);

    const bool halves = x.size() > kShort;
    std::vector<std::span<T>> kept = {x};  // what this rank adds up, round by round
    for (Index distance = 1; distance < within; distance *= 2) {
        const std::span<T> all = kept.back();
        const std::size_t half = halves ? all.size() / 2 : 0;
        const bool upper = (rank_ & distance) != 0;
        const std::span<T> mine = upper || !halves ? all.subspan(half) : all.first(half);
        const std::span<T> theirs = halves ? (upper ? all.first(half) : all.subspan(half)) : all;
        exchange<T>(rank_ ^ distance, theirs, received.first(mine.size()), among);
        add(mine);
        kept.push_back(mine);
    }
    for (Index distance = within / 2; halves && distance >= 1; distance /= 2) {
        const std::span<T> mine = kept.back();
        kept.pop_back();
        const std::span<T> all = kept.back();
        const bool upper = (rank_ & distance) != 0;
        exchange<T>(rank_ ^ distance, mine, upper ? all.first(all.size() - mine.size()) : all.subspan(mine.size()),
                    among);
    }
    if (has_guest) exchange<T>(rank_ + within, x, nothing, among);
}

MpiRanks* mpi() {
    static const std::unique_ptr<MpiRanks> begun = started_by_mpirun() ? std::make_unique<MpiRanks>() : nullptr;
    return begun.get();
}

#endif

}  // namespace

#ifdef NORMLAB_MPI

Collective& ranks() {
    return mpi() != nullptr ? *mpi() : alone();
}

void end_all_ranks(int status) {
    if (mpi() != nullptr) MPI_Abort(MPI_COMM_WORLD, status);
}

int threads_of_rank() {
    if (mpi() == nullptr) return threads();
    const int processors = static_cast<int>(std::thread::hardware_concurrency());
    return std::clamp(processors / mpi()->on_machine(), 1, threads());  // mpirun may have bound it to fewer
}

#else

Collective& ranks() {
    require(!started_by_mpirun(), "mpirun",
            "this program was built without MPI: install libopenmpi-dev (or libmpich-dev) and build it again");
    return alone();
}

void end_all_ranks(int) {}

int threads_of_rank() {
    return threads();
}

#endif

}  // namespace normlab
