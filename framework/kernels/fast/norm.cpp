// Sums and coefficients per channel. Memory is read as rows of a whole number of vectors, wide enough to keep the
// processor busy: a row is one pixel, or several where a pixel's channels do not fill vectors, and the coefficients are
// repeated as often:
//
//     C = 3, vectors of 4:     c0 c1 c2 c0 | c1 c2 c0 c1 | c2 c0 c1 c2      4 pixels, 3 vectors
//
// At the end the sums of a row's pixels are added up. Pixels that do not fill a last row are processed one by one.
#include "framework/kernels/fast/fast.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kGrain = 16384;  // numbers in a piece, at least
constexpr Index kCached = 4096;  // numbers that stay in the first-level cache between two passes
constexpr Index kRunsWanted = 64;
constexpr int kTogether = 4;  // vectors of a row that are summed at a time

template <int number>
struct Count {
    constexpr int operator()() const { return number; }
};

struct Row {
    Index pixels, width;
    explicit Row(Index C) {
        pixels = 1;
        while (pixels * C % kLanes != 0) pixels *= 2;
        while (pixels * C < kTogether * kLanes) pixels *= 2;
        width = pixels * C;
    }
};

// Pieces of work: several small images, or a part of a large one.
struct Pieces {
    Index N, pixels;
    Index images, runs;  // in a piece; of an image
    Pieces(const NormShape& s)
        : N(s.N),
          pixels(s.pixels),
          images(larger(1, kGrain / larger(s.pixels * s.C, 1))),
          runs(larger(1, smaller(smaller(ceil_div(kRunsWanted, N), pixels), pixels * s.C / kGrain))) {}

    // Calls work(image, run, first pixel, last pixel + 1), counting pixels through all images.
    template <class Work>
    void each(const Work& work) const {
        parallel(ceil_div(N, images) * runs, [&](Index piece) {
            const Index run = piece % runs, first = piece / runs * images;
            for (Index n = first; n < smaller(N, first + images); ++n)
                work(n, run, n * pixels + begin_of(run, runs, pixels), n * pixels + begin_of(run + 1, runs, pixels));
        });
    }
};

// `count` coefficients for C channels, repeated for each pixel of a row.
struct Repeated {
    const Row row;
    const Index C;
    Memory memory;
    Repeated(const Row& wide, Index channels, Index count)
        : row(wide), C(channels), memory(numbers(count * wide.width)) {}
    const Scalar* operator()(Index index, const Scalar* coefficients) const {
        Scalar* const to = memory.as() + index * row.width;
        for (Index p = 0; p < row.pixels; ++p)
            for (Index c = 0; c < C; ++c) to[p * C + c] = coefficients[c];
        return to;
    }
    ReluGate gate(Index index, ReluGate each, Index at) const {
        if (each.scale == nullptr) return each;
        return {(*this)(index, each.scale + at), (*this)(index + 1, each.shift + at)};
    }
};

// Splits the pixels begin..end of x into rows and a rest: work(T{}, offset into memory, offset into a row).
template <class Work>
void for_elements(const Row& row, Index C, Index begin, Index end, const Work& work) {
    Index pixel = begin;
    for (; pixel + row.pixels <= end; pixel += row.pixels)
        for (Index i = 0; i < row.width; i += kLanes) work(Vec{}, pixel * C + i, i);
    for (Index i = 0; i < (end - pixel) * C; ++i) work(Scalar{}, pixel * C + i, i);
}

// Calls work(Count<V>(), i) for the vectors of a row from i on, V = kTogether at a time, then one by one.
template <class Work>
void in_columns(const Row& row, const Work& work) {
    Index i = 0;
    for (; i + kTogether * kLanes <= row.width; i += kTogether * kLanes) work(Count<kTogether>(), i);
    for (; i < row.width; i += kLanes) work(Count<1>(), i);
}

// Joins a mean and a sum of squared deviations with another, by the formula of Chan, Golub and LeVeque.
template <class T, class Count>
void join(Count count, T& mean, T& m2, Count other_count, T other_mean, T other_m2) {
    const T delta = other_mean - mean;
    const Count share = other_count / (count + other_count);
    mean += delta * share;
    m2 += other_m2 + delta * delta * (count * share);
}

// V neighbouring vectors of moments. The mean is near + rest: one number for both would round a mean far above the
// deviations to few of their digits.
template <int V>
struct RowMoments {
    Vec near[V], rest[V], m2[V];
};

// The moments of V neighbouring vectors of `rows` rows that lie `pitch` apart. Deviations are taken from a number near
// the mean; their sum is how far the mean is from it. That number is itself found from the deviations from the first
// row: where all numbers are equal, each sum is 0 to the last bit. Rows are read in the order of memory; the V sums are
// independent, so that additions need not wait for each other.
template <int V>
RowMoments<V> row_moments(const Scalar* x, Index rows, Index pitch) {
    const Scalar share = 1 / static_cast<Scalar>(rows);
    RowMoments<V> found;
    Vec first[V], near[V], sum[V] = {}, off[V] = {}, square[V] = {};
    for (int v = 0; v < V; ++v) first[v] = load(x + v * kLanes);
    for (Index row = 1; row < rows; ++row)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[v] += load(x + row * pitch + v * kLanes) - first[v];
    for (int v = 0; v < V; ++v) near[v] = first[v] + sum[v] * share;
    for (Index row = 0; row < rows; ++row)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) {
            const Vec deviation = load(x + row * pitch + v * kLanes) - near[v];
            off[v] += deviation;
            square[v] += deviation * deviation;
        }
    for (int v = 0; v < V; ++v) {
        found.near[v] = near[v];
        found.rest[v] = off[v] * share;
        found.m2[v] = square[v] - off[v] * off[v] * share;
    }
    return found;
}

// The moments of one channel in double, where squares are too large for Scalar.
void channel_moments(const Scalar* x, Index C, Index pixels, double& mean, double& m2) {
    double sum = 0;
    for (Index i = 0; i < pixels; ++i) sum += double{x[i * C]} - double{x[0]};
    mean = double{x[0]} + sum / static_cast<double>(pixels);
    m2 = 0;
    for (Index i = 0; i < pixels; ++i) {
        const double deviation = double{x[i * C]} - mean;
        m2 += deviation * deviation;
    }
}

// The moments of the pixels of x, per channel; `wide` is scratch of three rows: near, rest and m2.
void pixel_moments(const Row& row, Index C, Index pixels, const Scalar* x, Scalar* wide, double* mean, double* m2) {
    const Index rows = pixels / row.pixels, chunk = larger(kCached / row.width, 8);
    Scalar *const wide_rest = wide + row.width, *const wide_m2 = wide_rest + row.width;
    for (Index first = 0; first < rows; first += chunk) {
        const Index count = smaller(chunk, rows - first);
        const auto add = [&](auto columns, Index i) {
            constexpr int V = columns();
            const RowMoments<V> here = row_moments<V>(x + first * row.width + i, count, row.width);
            for (int v = 0; v < V; ++v) {
                const Index at = i + v * kLanes;
                Vec near = here.near[v], rest = here.rest[v], squares = here.m2[v];
                if (first > 0) {
                    near = load(wide + at), rest = load(wide_rest + at), squares = load(wide_m2 + at);
                    join(static_cast<Scalar>(first), rest, squares, static_cast<Scalar>(count),
                         (here.near[v] - near) + here.rest[v], here.m2[v]);
                }
                store(wide + at, near);
                store(wide_rest + at, rest);
                store(wide_m2 + at, squares);
            }
        };
        in_columns(row, add);
    }
    for (Index c = 0; c < C; ++c) {
        double all = 0, average = 0, squares = 0;
        const double each = static_cast<double>(rows);
        for (Index i = c; i < (rows > 0 ? row.width : 0); i += C, all += each)
            join(all, average, squares, each, double{wide[i]} + double{wide_rest[i]}, double{wide_m2[i]});
        for (Index p = rows * row.pixels; p < pixels; ++p, all += 1)
            join(all, average, squares, 1.0, double{x[p * C + c]}, 0.0);
        mean[c] = average;
        m2[c] = squares;
        if (!__builtin_isfinite(squares)) channel_moments(x + c, C, pixels, mean[c], m2[c]);
    }
}

// dy, or 0 where the gate is closed; `deviation` is x - center.
template <class T>
T through(T dy, T deviation, T scale, T shift) {
    return deviation * scale + shift > T{} ? dy : T{};
}

// Adds, for V neighbouring vectors of `count` rows `pitch` apart, dy to sum and, where x is given, dy * (x - center) to
// product. Rows are read in the order of memory; the V sums are independent.
template <int V>
void add_rows(const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate gate, Index count, Index pitch,
              Scalar* sum, Scalar* product) {
    Vec s[V] = {}, p[V] = {}, m[V] = {}, scale[V] = {}, shift[V] = {};
    for (int v = 0; v < V && x != nullptr; ++v) {
        m[v] = load(center + v * kLanes);
        if (gate.scale != nullptr) scale[v] = load(gate.scale + v * kLanes), shift[v] = load(gate.shift + v * kLanes);
    }
    for (Index row = 0; row < count; ++row)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) {
            Vec gradient = load(dy + row * pitch + v * kLanes);
            if (x != nullptr) {
                const Vec deviation = load(x + row * pitch + v * kLanes) - m[v];
                if (gate.scale != nullptr) gradient = through(gradient, deviation, scale[v], shift[v]);
                p[v] += gradient * deviation;
            }
            s[v] += gradient;
        }
    for (int v = 0; v < V; ++v) {
        store(sum + v * kLanes, load(sum + v * kLanes) + s[v]);
        store(product + v * kLanes, load(product + v * kLanes) + p[v]);
    }
}

// The sums of dy and, where x is given, of dy * (x - center) over pixels begin..end, for each channel.
void pixel_sums(const Row& row, Index C, Index begin, Index end, const Scalar* x, const Scalar* dy,
                const Scalar* center, ReluGate gate, Scalar* sum, Scalar* product) {
    const Index rows = (end - begin) / row.pixels, chunk = larger(kCached / row.width, 8);
    const Memory memory = numbers(2 * row.width);
    Scalar* const wide = memory.as();
    for (Index i = 0; i < 2 * row.width; i += kLanes) store(wide + i, Vec{});
    for (Index first = 0; first < rows; first += chunk) {
        const Index at = begin * C + first * row.width, count = smaller(chunk, rows - first);
        const auto add = [&](auto columns, Index i) {
            const ReluGate here = gate.scale == nullptr ? gate : ReluGate{gate.scale + i, gate.shift + i};
            add_rows<columns()>(x == nullptr ? x : x + at + i, dy + at + i, x == nullptr ? x : center + i, here, count,
                                row.width, wide + i, wide + row.width + i);
        };
        in_columns(row, add);
    }
    for (Index c = 0; c < C; ++c) {
        Scalar s = 0, p = 0;
        for (Index i = c; i < row.width; i += C) s += wide[i], p += wide[row.width + i];
        for (Index i = (begin + rows * row.pixels) * C + c; i < end * C; i += C) {
            Scalar gradient = dy[i];
            if (x != nullptr) {
                const Scalar deviation = x[i] - center[c];
                if (gate.scale != nullptr) gradient = through(gradient, deviation, gate.scale[c], gate.shift[c]);
                p += gradient * deviation;
            }
            s += gradient;
        }
        sum[c] = s;
        if (x != nullptr) product[c] = p;
    }
}

}  // namespace

void moments(const NormShape& s, const Scalar* x, double* mean, double* m2) {
    const Row row(s.C);
    const Pieces pieces(s);
    const Memory parts = room_for<double>(s.N * pieces.runs * 2 * s.C);
    pieces.each([&](Index n, Index run, Index begin, Index end) {
        const Memory wide = numbers(3 * row.width);
        double* const part = parts.as<double>() + (n * pieces.runs + run) * 2 * s.C;
        pixel_moments(row, s.C, end - begin, x + begin * s.C, wide.as(), part, part + s.C);
    });
    for (Index n = 0; n < s.N; ++n)
        for (Index c = 0; c < s.C; ++c) {
            double all = 0, average = 0, squares = 0;
            for (Index run = 0; run < pieces.runs; ++run) {
                const double* const part = parts.as<double>() + (n * pieces.runs + run) * 2 * s.C + c;
                const Index count = begin_of(run + 1, pieces.runs, s.pixels) - begin_of(run, pieces.runs, s.pixels);
                join(all, average, squares, static_cast<double>(count), part[0], part[s.C]);
                all += static_cast<double>(count);
            }
            mean[n * s.C + c] = average;
            m2[n * s.C + c] = squares;
        }
}

void normalize_sums(const NormShape& s, const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate gate,
                    Scalar* sum_dy, Scalar* sum_dy_x) {
    const Row row(s.C);
    const Pieces pieces(s);
    const Memory parts = numbers(s.N * pieces.runs * 2 * s.C);
    pieces.each([&](Index n, Index run, Index begin, Index end) {
        const Repeated repeated(row, s.C, 3);
        Scalar* const part = parts.as() + (n * pieces.runs + run) * 2 * s.C;
        const Index at = n / s.images_per_row * s.C;
        pixel_sums(row, s.C, begin, end, x, dy, repeated(0, center + at), repeated.gate(1, gate, at), part, part + s.C);
    });
    for (Index n = 0; n < s.N; ++n)
        for (Index c = 0; c < s.C; ++c) {
            Scalar sum = 0, product = 0;
            for (Index run = 0; run < pieces.runs; ++run) {
                const Scalar* const part = parts.as() + (n * pieces.runs + run) * 2 * s.C + c;
                sum += part[0];
                product += part[s.C];
            }
            sum_dy[n * s.C + c] = sum;
            sum_dy_x[n * s.C + c] = product;
        }
}

void channel_sums(Index rows, Index C, const Scalar* x, Scalar* sums) {
    const Row row(C);
    const Index runs = larger(1, rows * C / kGrain);
    const Memory parts = numbers(runs * C);
    parallel(runs, [&](Index run) {
        pixel_sums(row, C, begin_of(run, runs, rows), begin_of(run + 1, runs, rows), nullptr, x, nullptr, {},
                   parts.as() + run * C, nullptr);
    });
    for (Index c = 0; c < C; ++c) {
        double sum = 0;
        for (Index run = 0; run < runs; ++run) sum += parts.as()[run * C + c];
        sums[c] = static_cast<Scalar>(sum);
    }
}

void normalize(const NormShape& s, const Scalar* x, const Scalar* center, const Scalar* scale, const Scalar* shift,
               EpilogueView epilogue, Scalar* y) {
    const Row row(s.C);
    Pieces(s).each([&](Index n, Index, Index begin, Index end) {
        const Repeated repeated(row, s.C, 3);
        const Index at = n / s.images_per_row * s.C;
        const Scalar *const m = repeated(0, center + at), *const a = repeated(1, scale + at),
                            *const b = repeated(2, shift + at);
        for_elements(row, s.C, begin, end, [&](auto zero, Index i, Index j) {
            using T = decltype(zero);
            const T line = (load_as<T>(x + i) - load_as<T>(m + j)) * load_as<T>(a + j) + load_as<T>(b + j);
            store_as(y + i, finished(line, epilogue, i));
        });
    });
}

void normalize_backward(const NormShape& s, const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate gate,
                        const Scalar* a, const Scalar* b, const Scalar* c, Scalar* dx) {
    const Row row(s.C);
    Pieces(s).each([&](Index n, Index, Index begin, Index end) {
        const Repeated repeated(row, s.C, 6);
        const Index at = n / s.images_per_row * s.C;
        const Scalar *const m = repeated(0, center + at), *const da = repeated(1, a + at),
                            *const db = repeated(2, b + at), *const dc = repeated(3, c + at);
        const ReluGate open = repeated.gate(4, gate, at);
        for_elements(row, s.C, begin, end, [&](auto zero, Index i, Index j) {
            using T = decltype(zero);
            const T deviation = load_as<T>(x + i) - load_as<T>(m + j);
            T gradient = load_as<T>(dy + i);
            if (open.scale != nullptr)
                gradient = through(gradient, deviation, load_as<T>(open.scale + j), load_as<T>(open.shift + j));
            store_as(dx + i, load_as<T>(da + j) * gradient + load_as<T>(db + j) * deviation + load_as<T>(dc + j));
        });
    });
}

}  // namespace normlab::NORMLAB_ISA
