// One loop serves both directions. For an output row i and kernel row r a table says which input row is read, or -1 for
// none; another table says the same of the columns:
//
//     forward    input row i*stride - pad + r*dilation        backward    (i + pad - r*dilation) / stride, where it
//     divides
//
// Weights are kept [r][s][c], so that a vector of channels meets a vector of weights.
#include "framework/kernels/fast/conv_depthwise.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kPiecesWanted = 16;
constexpr Index kMultiplyAddsOfPiece = 1 << 17;  // at least
constexpr Index kPixels = 8;  // at a time: sums enough for multiply-adds that do not wait for each other

// Neighbouring outputs, of which every tap reads a pixel, each `step` further than that of the output before.
struct Run {
    Index begin, end, step;
};

struct Table {
    Index taps;
    Block memory;
    Index* source;

    template <class Source>
    Table(Index outputs, Index tap_count, Index inputs, const Source& source_of)
        : taps(tap_count),
          memory(static_cast<std::size_t>(outputs * taps) * sizeof(Index)),
          source(memory.as<Index>()) {
        for (Index i = 0; i < outputs; ++i)
            for (Index t = 0; t < taps; ++t) {
                const Index found = source_of(i, t);
                source[i * taps + t] = found >= 0 && found < inputs ? found : -1;
            }
    }
    Index operator()(Index output, Index tap) const { return source[output * taps + tap]; }

    // The outputs of which each of these taps reads a pixel: neighbours, except backward through a stride.
    Run run_of(Index first_tap, Index end_tap, Index outputs) const {
        const auto whole = [&](Index output) {
            for (Index t = first_tap; t < end_tap; ++t)
                if ((*this)(output, t) < 0) return false;
            return true;
        };
        Index begin = 0;
        while (begin < outputs && !whole(begin)) ++begin;
        Index end = begin;
        while (end < outputs && whole(end)) ++end;
        return {begin, end, end - begin > 1 ? (*this)(begin + 1, first_tap) - (*this)(begin, first_tap) : 0};
    }
};

Table forward_table(Index outputs, Index taps, Index inputs, Index stride, Index pad, Index dilation) {
    return Table(outputs, taps, inputs, [=](Index i, Index t) { return i * stride - pad + t * dilation; });
}
Table backward_table(Index outputs, Index taps, Index inputs, Index stride, Index pad, Index dilation) {
    return Table(outputs, taps, inputs, [=](Index i, Index t) {
        const Index reached = i + pad - t * dilation;
        return reached % stride == 0 ? reached / stride : -1;
    });
}

Block taps_first(const ConvShape& s, const Scalar* w) {
    Block memory = numbers(s.R * s.S * s.C);
    for (Index c = 0; c < s.C; ++c)
        for (Index t = 0; t < s.R * s.S; ++t) memory.as()[t * s.C + c] = w[c * s.R * s.S + t];
    return memory;
}

// A loop over channels in which the last vector overlaps the one before it, instead of leaving channels over.
template <class Work>
inline void for_overlapping_channels(Index C, const Work& work) {
    if (C < kLanes) return for_channels(C, work);
    for (Index c = 0; c + kLanes < C; c += kLanes) work(Vec{}, c);
    work(Vec{}, C - kLanes);
}

struct Image {
    Index rows, cols;
};

struct Gather {
    Index C;
    Image out_size, in_size;
    const Table &rows, &cols;
    const Scalar *w, *bias;
    Finish finish;
    const Scalar* in;
    Scalar* out;

    // `count` neighbouring outputs, of which every tap reads a pixel `step` further along the row than of the one
    // before.
    template <int count>
    void compute(Index line, Index j, Index step) const {
        const Index i = line % out_size.rows, in_row = in_size.cols * C;
        const Scalar* const image = in + line / out_size.rows * in_size.rows * in_row;
        const auto sum_up = [*this, i, j, image, in_row, step, at = (line * out_size.cols + j) * C](auto zero,
                                                                                                    Index c) {
            using T = decltype(zero);
            T sums[count];
#pragma GCC unroll 8
            for (int p = 0; p < count; ++p) sums[p] = bias == nullptr ? zero : load_as<T>(bias + c);
            for (Index r = 0; r < rows.taps; ++r) {
                if (rows(i, r) < 0) continue;
                const Scalar* const row = image + rows(i, r) * in_row + c;
                for (Index s = 0; s < cols.taps; ++s) {
                    if (cols(j, s) < 0) continue;
                    const Scalar* from = row + cols(j, s) * C;
                    const T weight = load_as<T>(w + (r * cols.taps + s) * C + c);
#pragma GCC unroll 8
                    for (int p = 0; p < count; ++p, from += step * C) sums[p] += load_as<T>(from) * weight;
                }
            }
#pragma GCC unroll 8
            for (int p = 0; p < count; ++p) store_as(out + at + p * C + c, finished(sums[p], finish, at + p * C + c));
        };
        for_overlapping_channels(C, sum_up);
    }

    // Outputs of which some tap reads no pixel are computed one by one, those between them kPixels at a time; the last
    // of these overlap those before.
    void compute_line(Index line, const Run& whole) const {
        const bool wide = whole.end - whole.begin >= kPixels;
        for (Index j = 0; j < out_size.cols;) {
            if (wide && j >= whole.begin && j < whole.end) {
                compute<kPixels>(line, smaller(j, whole.end - kPixels), whole.step);
                j = smaller(j + kPixels, whole.end);
            } else {
                compute<1>(line, j, 0);
                ++j;
            }
        }
    }
};

void gather(const ConvShape& s, const Gather& job) {
    const Run whole = job.cols.run_of(0, job.cols.taps, job.out_size.cols);
    const Index lines = s.N * job.out_size.rows, of_line = job.out_size.cols * s.C * s.R * s.S;
    parallel_range(lines, ceil_div(kMultiplyAddsOfPiece, of_line), [&](Index begin, Index end) {
        for (Index line = begin; line < end; ++line) job.compute_line(line, whole);
    });
}

// The sum of a[i * a_step] * b[i * b_step], in several sums that do not wait for each other.
template <class T>
inline T sum_of_products(T zero, Index count, const Scalar* a, Index a_step, const Scalar* b, Index b_step) {
    constexpr int kSums = 4;
    T sums[kSums] = {zero, zero, zero, zero};
    Index i = 0;
    for (; i + kSums <= count; i += kSums)
#pragma GCC unroll 4
        for (int k = 0; k < kSums; ++k) sums[k] += load_as<T>(a + (i + k) * a_step) * load_as<T>(b + (i + k) * b_step);
    for (; i < count; ++i) sums[0] += load_as<T>(a + i * a_step) * load_as<T>(b + i * b_step);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

void depthwise_forward(const ConvShape& s, const Scalar* x, const Scalar* w, const Scalar* bias, Finish finish,
                       Scalar* y) {
    const Table rows = forward_table(s.P, s.R, s.H, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = forward_table(s.Q, s.S, s.W, s.stride.w, s.pad_left, s.dilation.w);
    const Block weights = taps_first(s, w);
    gather(s, {s.C, {s.P, s.Q}, {s.H, s.W}, rows, cols, weights.as(), bias, finish, x, y});
}

void depthwise_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, Finish finish, Scalar* dx) {
    const Table rows = backward_table(s.H, s.R, s.P, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = backward_table(s.W, s.S, s.Q, s.stride.w, s.pad_left, s.dilation.w);
    const Block weights = taps_first(s, w);
    gather(s, {s.C, {s.H, s.W}, {s.P, s.Q}, rows, cols, weights.as(), nullptr, finish, dy, dx});
}

void depthwise_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw) {
    const Table rows = forward_table(s.P, s.R, s.H, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = forward_table(s.Q, s.S, s.W, s.stride.w, s.pad_left, s.dilation.w);
    const Block runs(static_cast<std::size_t>(s.S) * sizeof(Run));
    for (Index t = 0; t < s.S; ++t) runs.as<Run>()[t] = cols.run_of(t, t + 1, s.Q);
    const Index taps = s.R * s.S, lines = s.N * s.P, parts = smaller(lines, kPiecesWanted);
    const Block memory = numbers(parts * taps * s.C);
    parallel(parts, [&](Index part) {
        Scalar* const sums = memory.as() + part * taps * s.C;
        for_overlapping_channels(s.C, [&](auto zero, Index c) {
            for (Index t = 0; t < taps; ++t) store_as(sums + t * s.C + c, zero);
            for (Index line = begin_of(part, parts, lines); line < begin_of(part + 1, parts, lines); ++line)
                for (Index t = 0; t < taps; ++t) {
                    const Index h = rows(line % s.P, t / s.S);
                    const Run run = runs.as<Run>()[t % s.S];
                    if (h < 0 || run.begin == run.end) continue;
                    const Scalar* const from = x + ((line / s.P * s.H + h) * s.W + cols(run.begin, t % s.S)) * s.C + c;
                    Scalar* const sum = sums + t * s.C + c;
                    const Scalar* const gradient = dy + (line * s.Q + run.begin) * s.C + c;
                    store_as(sum, load_as<decltype(zero)>(sum) +
                                      sum_of_products(zero, run.end - run.begin, gradient, s.C, from, run.step * s.C));
                }
        });
    });
    for (Index c = 0; c < s.C; ++c)
        for (Index t = 0; t < taps; ++t) {
            Scalar sum = 0;
            for (Index part = 0; part < parts; ++part) sum += memory.as()[(part * taps + t) * s.C + c];
            dw[c * taps + t] = sum;
        }
}

}  // namespace normlab::NORMLAB_ISA
