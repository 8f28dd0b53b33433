// The threads that compute. A kernel cuts its work into pieces. Each thread has a share of them, which follow one
// another in memory, too; a thread that has finished its share takes pieces from the others':
//
//     share      |  0  1  2  3  4 |  5  6  7  8  9 |
//     caller        0  1  2  3  4           8  9
//     helper           (comes late)   5  6  7
//
// So the piece after a thread's current one is most likely its next. The caller waits for pieces that were begun, not
// for threads: a helper that comes too late finds nothing left to do and holds up nobody.
#pragma once

#include "framework/support/scalar.h"

namespace normlab {

int threads();
inline constexpr int kMostThreads = 1024;
void set_threads(int count);  // by default one for each processor, or OMP_NUM_THREADS

// This many threads while it lives; then as many as before.
class ThreadCount {
  public:
    explicit ThreadCount(int count) : before_(threads()) { set_threads(count); }
    ~ThreadCount() { set_threads(before_); }
    ThreadCount(const ThreadCount&) = delete;
    ThreadCount& operator=(const ThreadCount&) = delete;

  private:
    int before_;
};

// A function of the piece's number, by reference.
struct PieceWork {
    const void* function;
    void (*call)(const void* function, Index piece);
};

// Runs `work` for the pieces 0 to `pieces` - 1 and returns when all are done. A call from within a piece, or while
// another thread's is under way, is done by the calling thread alone.
void run_pieces(Index pieces, PieceWork work);

// Called for every run of pieces, except those from within a piece, with their number and the time they took; null (the
// default) for none.
using PiecesHeard = void (*)(Index pieces, double ms);
void hear_pieces(PiecesHeard heard);

}  // namespace normlab
