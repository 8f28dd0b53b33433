// Loops over elements. The compiler vectorizes them; here they are cut into pieces for the threads, large enough to pay
// for starting a thread (some microseconds).
#include "framework/kernels/fast/fast.h"
#include "framework/kernels/fast/transpose.h"
#include "framework/support/philox.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kGrain = 32768;       // elements of a piece that moves memory
constexpr Index kGrainOfMath = 2048;  // of one that computes
constexpr Index kCalls = 64;          // of the random function at a time, for the compiler to vectorize
constexpr Index kSquare = 64;         // pixels and channels of a piece of a transposition

template <class T>
T square_root(T x) {
    if constexpr (sizeof(T) == sizeof(float))
        return __builtin_sqrtf(x);
    else
        return __builtin_sqrt(x);
}

// y[n][c][r] = x[n][r][c]
void turn_images(Index N, Index rows, Index columns, const Scalar* x, Scalar* y) {
    if (N * rows * columns == 0) return;
    const Index row_parts = ceil_div(rows, kSquare), column_parts = ceil_div(columns, kSquare);
    const Index squares = row_parts * column_parts, together = larger(1, kGrain / (rows * columns));
    parallel(ceil_div(N, together) * squares, [&](Index piece) {
        const Index r = piece % row_parts * kSquare, c = piece / row_parts % column_parts * kSquare;
        const Index first = piece / squares * together;
        const Index height = smaller(kSquare, rows - r), width = smaller(kSquare, columns - c);
        for (Index n = first; n < smaller(N, first + together); ++n)
            transpose(x + (n * rows + r) * columns + c, height, width, columns, y + (n * columns + c) * rows + r, rows,
                      height);
    });
}

}  // namespace

void add(Index count, const Scalar* a, const Scalar* b, Scalar* y) {
    parallel_range(count, kGrain, [=](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) y[i] = a[i] + b[i];
    });
}

void accumulate(Index count, const Scalar* x, Scalar* y) {
    parallel_range(count, kGrain, [=](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) y[i] += x[i];
    });
}

void scale(Index count, Scalar factor, const Scalar* x, Scalar* y) {
    parallel_range(count, kGrain, [=](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) y[i] = factor * x[i];
    });
}

void scale_rows(Index rows, Index count, const Scalar* factors, const Scalar* x, Scalar* y) {
    parallel_range(rows, larger(1, kGrain / count), [=](Index begin, Index end) {
        for (Index row = begin; row < end; ++row) {
            const Scalar factor = factors[row];
            for (Index i = row * count; i < (row + 1) * count; ++i) y[i] = factor * x[i];
        }
    });
}

void multiply(Index count, const Scalar* a, const Scalar* b, Scalar* y) {
    parallel_range(count, kGrain, [=](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) y[i] = a[i] * b[i];
    });
}

void dropout_mask(RandomStream stream, std::uint64_t step, double p, Index first, Index count, Scalar* mask) {
    const double threshold = p * 0x1p32;  // a 32-bit word falls below it with probability p
    const Scalar kept = static_cast<Scalar>(1 / (1 - p));
    parallel_range(count, kGrainOfMath * 4, [=](Index begin, Index end) {
        PhiloxWords words[kCalls];
        for (Index at = (first + begin) / 4 * 4; at < first + end; at += 4 * kCalls) {
            for (Index i = 0; i < kCalls; ++i)
                words[i] = philox(stream.seed, stream.stream, step, static_cast<std::uint64_t>(at / 4 + i));
            for (Index i = larger(0, first + begin - at); i < smaller(4 * kCalls, first + end - at); ++i)
                mask[at - first + i] = words[i / 4].at[i % 4] < threshold ? 0 : kept;
        }
    });
}

void to_channels_first(Index N, Index C, Index pixels, const Scalar* x, Scalar* y) {
    turn_images(N, pixels, C, x, y);
}
void to_channels_last(Index N, Index C, Index pixels, const Scalar* x, Scalar* y) {
    turn_images(N, C, pixels, x, y);
}

// Chains of multiply-adds, each of which waits only for itself. There are more chains than a multiply-add's latency
// times the units that start one each cycle (4 x 2 on today's processors), and no more than there are registers.
void repeat_multiply_add(Index rounds, Scalar factor, Scalar addend, Index count, Scalar* y) {
    constexpr Index kChains = 12, kTile = kChains * kLanes;
    parallel_range(count, kTile, [=](Index begin, Index end) {
        if (end - begin < kTile) {
            for (Index i = begin; i < end; ++i)
                for (Index round = 0; round < rounds; ++round) y[i] = y[i] * factor + addend;
            return;
        }
        Vec chains[kChains];
        for (Index i = 0; i < kChains; ++i) chains[i] = load(y + begin + i * kLanes);
        for (Index round = 0; round < rounds; ++round)
#pragma GCC unroll 12
            for (Index i = 0; i < kChains; ++i) chains[i] = chains[i] * splat(factor) + splat(addend);
        for (Index i = 0; i < kChains; ++i) store(y + begin + i * kLanes, chains[i]);
    });
}

void sgd(const SgdRule& rule, bool first_step, Index count, const Scalar* gradient, Scalar* velocity, Scalar* weight) {
    parallel_range(count, kGrain, [=, &rule](Index begin, Index end) {
        const Scalar lr = rule.lr, momentum = rule.momentum, decay = rule.weight_decay;
        const Scalar share = 1 - rule.dampening;
        const bool nesterov = rule.nesterov;
        if (momentum == 0) {
            for (Index i = begin; i < end; ++i) weight[i] -= lr * (gradient[i] + decay * weight[i]);
            return;
        }
        for (Index i = begin; i < end; ++i) {
            const Scalar step = gradient[i] + decay * weight[i];
            const Scalar speed = first_step ? step : momentum * velocity[i] + share * step;
            velocity[i] = speed;
            weight[i] -= lr * (nesterov ? step + momentum * speed : speed);
        }
    });
}

void adam(const AdamRule& rule, Index count, const Scalar* gradient, Scalar* mean, Scalar* square, Scalar* weight) {
    const AdamRule r = rule;
    parallel_range(count, kGrain / 4, [=](Index begin, Index end) {
        const Scalar shrink = r.decoupled_decay ? r.lr * r.weight_decay : 0;
        const Scalar decay = r.decoupled_decay ? 0 : r.weight_decay;
        for (Index i = begin; i < end; ++i) {
            const Scalar g = gradient[i] + decay * weight[i];
            mean[i] = r.beta1 * mean[i] + (1 - r.beta1) * g;
            square[i] = r.beta2 * square[i] + (1 - r.beta2) * g * g;
            weight[i] = weight[i] - shrink * weight[i] -
                        r.lr * (mean[i] / r.first_correction) / (square_root(square[i] / r.second_correction) + r.eps);
        }
    });
}

}  // namespace normlab::NORMLAB_ISA
