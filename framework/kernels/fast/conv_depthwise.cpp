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
constexpr Index kPixels = 4;  // at a time: sums enough for multiply-adds that do not wait for each other; or taps,
constexpr Index kTaps = 4;    // where the weights' gradient is formed

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

// What the taps of an output read, for channel 0, and where the taps' weights begin; taps that read no pixel are left
// out.
struct Reads {
    Block memory;
    const Scalar** from;
    Index *weight, count = 0;
    explicit Reads(Index most)
        : memory(static_cast<std::size_t>(most) * (sizeof(const Scalar*) + sizeof(Index))),
          from(memory.as<const Scalar*>()),
          weight(reinterpret_cast<Index*>(from + most)) {}
};

struct Reader {
    Index C, weight_pitch;
    Image out_size, in_size;
    const Table &rows, &cols;
    const Scalar* in;

    void find(Index line, Index j, Reads& reads) const {
        const Index i = line % out_size.rows, image = line / out_size.rows;
        reads.count = 0;
        for (Index r = 0; r < rows.taps; ++r)
            for (Index s = 0; s < cols.taps; ++s)
                if (rows(i, r) >= 0 && cols(j, s) >= 0) {
                    reads.from[reads.count] =
                        in + ((image * in_size.rows + rows(i, r)) * in_size.cols + cols(j, s)) * C;
                    reads.weight[reads.count++] = (r * cols.taps + s) * weight_pitch;
                }
    }

    // Finds the reads of a line's outputs and calls work(first output, outputs): one by one where some tap reads no
    // pixel, else all together; each reads `whole.step` pixels further than the one before.
    template <class Work>
    void in_line(Index line, const Run& whole, Reads& reads, const Work& work) const {
        for (Index j = 0; j < out_size.cols;) {
            const Index count = j == whole.begin && whole.end > j ? whole.end - j : 1;
            find(line, j, reads);
            work(j, count);
            j += count;
        }
    }

    // Asks memory for what the line reads and the lines before it do not, and for the line's own place in `out`.
    template <Use of_out>
    __attribute__((always_inline)) void ask_for_line(Index line, const Scalar* out) const {
        const Index i = line % out_size.rows, image = line / out_size.rows;
        if (i == 0) return;
        const Index h = rows(i, rows.taps - 1), in_row = in_size.cols * C, out_row = out_size.cols * C;
        ask_for<of_out>(out + line * out_row, out_row);
        if (h >= 0) ask_for<Use::read>(in + (image * in_size.rows + h) * in_row, in_row);
    }
};

struct Gather {
    Reader reader;
    const Scalar *w, *bias;
    Finish finish;
    Scalar* out;

    // `count` neighbouring outputs, the first at `at`; each reads `step` numbers further than the one before, the first
    // `offset` further than is said.
    template <int count>
    void compute(const Reads& reads, Index offset, Index step, Index at) const {
        for_overlapping_channels(reader.C, [=, this, &reads](auto zero, Index c) {
            using T = decltype(zero);
            T sums[count];
#pragma GCC unroll 4
            for (int p = 0; p < count; ++p) sums[p] = bias == nullptr ? zero : load_as<T>(bias + c);
            for (Index t = 0; t < reads.count; ++t) {
                const Scalar* const from = reads.from[t] + offset + c;
                const T weight = load_as<T>(w + reads.weight[t] + c);
#pragma GCC unroll 4
                for (int p = 0; p < count; ++p) sums[p] += load_as<T>(from + p * step) * weight;
            }
#pragma GCC unroll 4
            for (int p = 0; p < count; ++p) {
                const Index to = at + p * reader.C + c;
                store_as(out + to, finished(sums[p], finish, to));
            }
        });
    }

    // kPixels outputs at a time, of which the last overlap those before.
    void compute_line(Index line, const Run& whole, Reads& reads) const {
        const Index C = reader.C, at = line * reader.out_size.cols * C, step = whole.step * C;
        reader.ask_for_line<Use::write>(line + 1, out);
        reader.in_line(line, whole, reads, [&](Index first, Index count) {
            for (Index p = 0; count >= kPixels && p < count; p += kPixels) {
                const Index here = smaller(p, count - kPixels);
                compute<kPixels>(reads, here * step, step, at + (first + here) * C);
            }
            for (Index p = 0; count < kPixels && p < count; ++p)
                compute<1>(reads, p * step, step, at + (first + p) * C);
        });
    }
};

void gather(const ConvShape& s, const Gather& job) {
    const Reader& reader = job.reader;
    const Run whole = reader.cols.run_of(0, reader.cols.taps, reader.out_size.cols);
    const Index lines = s.N * reader.out_size.rows, of_line = reader.out_size.cols * s.C * s.R * s.S;
    parallel_range(lines, ceil_div(kMultiplyAddsOfPiece, of_line), [&](Index begin, Index end) {
        Reads reads(s.R * s.S);
        for (Index line = begin; line < end; ++line) job.compute_line(line, whole, reads);
    });
}

// Adds the products of `count` neighbouring gradients with what the taps read there to the taps' sums.
void add_products(const Reads& reads, Index C, Index step, const Scalar* gradient, Index count, Scalar* sums) {
    for_vectors(0, C, [&](Index c, auto lanes) {
        for (Index first = 0; first < reads.count; first += kTaps) {
            const Index taps = smaller(kTaps, reads.count - first);
            Vec sum[kTaps] = {};
            const Scalar* from[kTaps];
            for (Index t = 0; t < kTaps; ++t) from[t] = reads.from[smaller(first + t, reads.count - 1)] + c;
            for (Index p = 0; p < count; ++p) {
                const Vec dy = lanes.load(gradient + p * C + c);
#pragma GCC unroll 4
                for (Index t = 0; t < kTaps; ++t) sum[t] += lanes.load(from[t] + p * step) * dy;
            }
            for (Index t = 0; t < taps; ++t) {
                Scalar* const to = sums + reads.weight[first + t] + c;
                store(to, load(to) + sum[t]);
            }
        }
    });
}

}  // namespace

void depthwise_forward(const ConvShape& s, const Scalar* x, const Scalar* w, const Scalar* bias, Finish finish,
                       Scalar* y) {
    const Table rows = forward_table(s.P, s.R, s.H, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = forward_table(s.Q, s.S, s.W, s.stride.w, s.pad_left, s.dilation.w);
    const Block weights = taps_first(s, w);
    gather(s, {{s.C, s.C, {s.P, s.Q}, {s.H, s.W}, rows, cols, x}, weights.as(), bias, finish, y});
}

void depthwise_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, Finish finish, Scalar* dx) {
    const Table rows = backward_table(s.H, s.R, s.P, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = backward_table(s.W, s.S, s.Q, s.stride.w, s.pad_left, s.dilation.w);
    const Block weights = taps_first(s, w);
    gather(s, {{s.C, s.C, {s.H, s.W}, {s.P, s.Q}, rows, cols, dy}, weights.as(), nullptr, finish, dx});
}

void depthwise_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw) {
    const Table rows = forward_table(s.P, s.R, s.H, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = forward_table(s.Q, s.S, s.W, s.stride.w, s.pad_left, s.dilation.w);
    const Run whole = cols.run_of(0, s.S, s.Q);
    const Index taps = s.R * s.S, lines = s.N * s.P, parts = smaller(lines, kPiecesWanted);
    const Index pitch = round_up(s.C, kLanes);
    const Reader reader = {s.C, pitch, {s.P, s.Q}, {s.H, s.W}, rows, cols, x};
    const Block memory = zeros(parts * taps * pitch);
    parallel(parts, [&](Index part) {
        Scalar* const sums = memory.as() + part * taps * pitch;
        Reads reads(taps);
        for (Index line = begin_of(part, parts, lines); line < begin_of(part + 1, parts, lines); ++line) {
            reader.ask_for_line<Use::read>(line + 1, dy);
            reader.in_line(line, whole, reads, [&](Index first, Index count) {
                add_products(reads, s.C, whole.step * s.C, dy + (line * s.Q + first) * s.C, count, sums);
            });
        }
    });
    for (Index c = 0; c < s.C; ++c)
        for (Index t = 0; t < taps; ++t) {
            Scalar sum = 0;
            for (Index part = 0; part < parts; ++part) sum += memory.as()[(part * taps + t) * pitch + c];
            dw[c * taps + t] = sum;
        }
}

}  // namespace normlab::NORMLAB_ISA
