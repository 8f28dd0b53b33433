// The files of this folder are compiled once for each instruction set. The build defines NORMLAB_ISA, the namespace
// they fill (plain, v2, v3, v4), and NORMLAB_VECTOR_BYTES, the width of a vector. Every inline function used here must
// lie in that namespace or in an unnamed one: of a function that the instruction sets share, the linker could keep a
// version that not every processor runs. So: no standard containers or algorithms, and memory only from the pool.
#pragma once

#include "framework/kernels/kernels.h"
#include "framework/support/pool.h"
#include "framework/support/threads.h"

namespace normlab::NORMLAB_ISA {
namespace {

// A vector of numbers, as GCC and Clang have them: + - * / act lane by lane. Loads and stores need no alignment.
typedef Scalar Vec __attribute__((vector_size(NORMLAB_VECTOR_BYTES)));
typedef Scalar VecInMemory __attribute__((vector_size(NORMLAB_VECTOR_BYTES), aligned(sizeof(Scalar)), may_alias));
constexpr Index kLanes = NORMLAB_VECTOR_BYTES / sizeof(Scalar);
constexpr Index kLine = 64 / sizeof(Scalar);  // numbers in a line of the cache

inline Vec load(const Scalar* from) {
    return *reinterpret_cast<const VecInMemory*>(from);
}
inline void store(Scalar* to, Vec value) {
    *reinterpret_cast<VecInMemory*>(to) = value;
}
// The first `count` lanes, the others 0 or left as they are: one instruction where the processor knows masks.
inline Vec load_some(const Scalar* from, Index count) {
    const int lanes = static_cast<int>(count);
    alignas(Vec) Scalar some[kLanes];
#pragma omp simd
    for (int i = 0; i < static_cast<int>(kLanes); ++i) some[i] = i < lanes ? from[i] : Scalar{0};
    return load(some);
}
inline void store_some(Scalar* to, Vec value, Index count) {
    const int lanes = static_cast<int>(count);
    alignas(Vec) Scalar some[kLanes];
    store(some, value);
#pragma omp simd
    for (int i = 0; i < static_cast<int>(kLanes); ++i)
        if (i < lanes) to[i] = some[i];
}
// The lower half of a vector. What is stored as a half is a vector whose upper lanes are 0.
typedef Scalar Half __attribute__((vector_size(NORMLAB_VECTOR_BYTES / 2)));
typedef Scalar HalfInMemory __attribute__((vector_size(NORMLAB_VECTOR_BYTES / 2), aligned(sizeof(Scalar)), may_alias));
inline Half load_half(const Scalar* from) {
    return *reinterpret_cast<const HalfInMemory*>(from);
}
inline void store_half(Scalar* to, Half value) {
    *reinterpret_cast<HalfInMemory*>(to) = value;
    *reinterpret_cast<HalfInMemory*>(to + kLanes / 2) = Half{};
}
inline Half lower(Vec value) {
    Half half;
    __builtin_memcpy(&half, &value, sizeof half);
    return half;
}
inline Vec splat(Scalar value) {
    return value - Vec{};
}

inline Index smaller(Index a, Index b) {
    return a < b ? a : b;
}
inline Index larger(Index a, Index b) {
    return a > b ? a : b;
}
inline Index ceil_div(Index a, Index b) {  // a is not negative
    return (a + b - 1) / b;
}
inline Index floor_div(Index a, Index b) {
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}
// Where a part begins, of nearly equal parts of `count`.
inline Index begin_of(Index part, Index parts, Index count) {
    return part * count / parts;
}
inline Index round_up(Index a, Index b) {
    return ceil_div(a, b) * b;
}
// Room for `count` numbers in an odd number of cache lines: arrays so far apart do not all begin in the same set of the
// cache.
inline Index odd_lines(Index count) {
    return (ceil_div(count, kLine) | 1) * kLine;
}

// Splits the number of a piece into digits, the fastest-counting one first. Each has its own base; once all others are
// taken, `rest` is the leading digit.
struct Digits {
    Index rest;
    Index next(Index base) {
        const Index digit = rest % base;
        rest /= base;
        return digit;
    }
};

template <class T>
inline T load_as(const Scalar* from) {
    if constexpr (sizeof(T) == sizeof(Vec))
        return load(from);
    else
        return *from;
}
inline void store_as(Scalar* to, Vec value) {
    store(to, value);
}
inline void store_as(Scalar* to, Scalar value) {
    *to = value;
}
// The result at position `at`, which is `value` before the epilogue; load(pointer) reads the residual.
template <class T, class Load>
inline T finished(T value, EpilogueView epilogue, Index at, const Load& load) {
    if (epilogue.residual != nullptr) value += load(epilogue.residual + at);
    if (epilogue.relu) value = value < T{} ? T{} : value;
    return value;
}
template <class T>
inline T finished(T value, EpilogueView epilogue, Index at) {
    return finished(value, epilogue, at, load_as<T>);
}

// A loop over channels, written once for T = Vec and for T = Scalar: work(T{}, c) for each whole vector, then for each
// channel that is left over.
template <class Work>
inline void for_channels(Index C, const Work& work) {
    Index c = 0;
    for (; c + kLanes <= C; c += kLanes) work(Vec{}, c);
    for (; c < C; ++c) work(Scalar{}, c);
}

// A loop over the vectors of channels begin..end: work(c, AllLanes{}) for whole vectors, work(c, FirstLanes{}) for the
// channels that are left over; both load and store only lanes that exist.
struct AllLanes {
    static Vec load(const Scalar* from) { return NORMLAB_ISA::load(from); }
    static void store(Scalar* to, Vec value) { NORMLAB_ISA::store(to, value); }
};
struct FirstLanes {
    Index count;
    Vec load(const Scalar* from) const { return load_some(from, count); }
    void store(Scalar* to, Vec value) const { store_some(to, value, count); }
};
template <class Work>
inline void for_vectors(Index begin, Index end, const Work& work) {
    Index c = begin;
    for (; c + kLanes <= end; c += kLanes) work(c, AllLanes{});
    if (c < end) work(c, FirstLanes{end - c});
}

inline void clear(Index count, Scalar* to) {
    for (Index i = 0; i < count; ++i) to[i] = 0;
}

// Pool memory for `count` elements.
template <class T>
inline Memory room_for(Index count) {
    return Memory(static_cast<std::size_t>(count) * sizeof(T));
}
inline Memory numbers(Index count) {
    return room_for<Scalar>(count);
}
inline Memory zeros(Index count) {
    Memory memory = numbers(count);
    clear(count, memory.as());
    return memory;
}

// Asks memory for `count` numbers that are read or written soon. (Inlined by force: GCC drops calls of functions that
// only prefetch.)
enum class Use { read, write };
template <Use use>
__attribute__((always_inline)) inline void ask_for(const Scalar* from, Index count) {
    for (Index i = 0; i < count; i += kLine) __builtin_prefetch(from + i, use == Use::write, 2);
}

// Runs work(piece) for each piece, on all threads. The caller cuts the pieces by the shapes alone; a free thread takes
// the next one, so no result may depend on which thread that is.
template <class Work>
void parallel(Index pieces, const Work& work) {
    run_pieces(pieces,
               {&work, [](const void* function, Index piece) { (*static_cast<const Work*>(function))(piece); }});
}

// Cuts 0..count into runs of about `grain` and calls work(begin, end) for each, on all threads.
template <class Work>
void parallel_range(Index count, Index grain, const Work& work) {
    parallel(ceil_div(count, grain), [&](Index piece) { work(piece * grain, smaller(count, (piece + 1) * grain)); });
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
