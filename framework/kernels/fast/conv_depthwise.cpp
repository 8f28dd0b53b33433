// One loop serves both directions: tables say what each output reads, see conv_depthwise_reads.h. Of a run of outputs,
// which the same taps reach, 4 are summed at a time, for 2 vectors of channels. Weights are kept [r][s][c], so that a
// vector of channels meets a vector of weights.
#include "framework/kernels/fast/conv_depthwise.h"

#include "framework/kernels/fast/conv_depthwise_reads.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kPartsWanted = 16;               // of the weights' gradient, each with its own sums
constexpr Index kMultiplyAddsOfPiece = 1 << 17;  // at least
// Summed at a time, for 2 vectors of channels, so that multiply-adds do not wait for each other:
constexpr int kPixels = 4;  // outputs
constexpr int kTaps = 3;    // taps, in the gradient of the weights

// V vectors, or single channels where they are fewer than a vector.
template <class Element, int V>
struct Several {
    using T = Element;
    static constexpr int count = V;
};

// A loop over channels, two vectors at a time. The last vector overlaps the one before it, so that no channels are left
// over.
template <class Work>
inline void for_overlapping_channels(Index C, const Work& work) {
    Index c = 0;
    for (; c + 2 * kLanes <= C; c += 2 * kLanes) work(Several<Vec, 2>{}, c);
    if (c + kLanes <= C) work(Several<Vec, 1>{}, c), c += kLanes;
    if (c < C && C >= kLanes) work(Several<Vec, 1>{}, C - kLanes), c = C;
    for (; c < C; ++c) work(Several<Scalar, 1>{}, c);
}

// sum[p][v] = start[v] + sum over the reads of from[p * step][v] * weight[v], for P outputs x V vectors of channels
// from c on; each output reads `step` numbers further than the one before, the first one `offset` further than `reads`.
template <class T, int P, int V>
inline void sum_products(const Reads& reads, Index offset, Index step, const Scalar* w, const Scalar* start, Index c,
                         T (&sum)[P][V]) {
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[p][v] = start == nullptr ? T{} : load_as<T>(start + c + v * kLanes);
    const Scalar* const* const pixels = reads.from;
    const Index* const weights = reads.weight;
    const Index count = reads.count;
    for (Index t = 0; t < count; ++t) {
        const Scalar* from = pixels[t] + offset + c;
        const Scalar* const weight = w + weights[t] + c;
        T factor[V];
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) factor[v] = load_as<T>(weight + v * kLanes);
#pragma GCC unroll 4
        for (int p = 0; p < P; ++p, from += step)
#pragma GCC unroll 2
            for (int v = 0; v < V; ++v) sum[p][v] += load_as<T>(from + v * kLanes) * factor[v];
    }
}

struct Gather {
    const Reader& reader;
    const Scalar *w, *bias;
    EpilogueView epilogue;
    Scalar* out;

    // P outputs of a run, the first at `at`.
    template <int P>
    void compute(const Reads& reads, Index offset, Index at) const {
        const Index in_step = reader.runs.step.in * reader.C, out_step = reader.runs.step.out * reader.C;
        for_overlapping_channels(reader.C, [=, this, &reads](auto several, Index c) {
            constexpr int V = several.count;
            typename decltype(several)::T sum[P][V];
            sum_products(reads, offset, in_step, w, bias, c, sum);
#pragma GCC unroll 4
            for (int p = 0; p < P; ++p)
#pragma GCC unroll 2
                for (int v = 0; v < V; ++v) {
                    const Index to = at + p * out_step + c + v * kLanes;
                    store_as(out + to, finished(sum[p][v], epilogue, to));
                }
        });
    }

    // kPixels outputs at a time; the last ones overlap those before.
    void compute_line(Index line, Reads& reads) const {
        const Index C = reader.C, at = line * reader.cols.outputs * C;
        const Step step = reader.runs.step;
        reader.ask_for_line<Use::write>(line + 1, out);
        reader.in_line(line, reads, [&](const Run& run) {
            const auto position = [&](Index p) { return at + (run.first + p * step.out) * C; };
            for (Index p = 0; run.count >= kPixels && p < run.count; p += kPixels) {
                const Index here = smaller(p, run.count - kPixels);
                compute<kPixels>(reads, here * step.in * C, position(here));
            }
            for (Index p = 0; run.count < kPixels && p < run.count; ++p)
                compute<1>(reads, p * step.in * C, position(p));
        });
    }
};

void gather(const Gather& job, Index images) {
    const Table &rows = job.reader.rows, &cols = job.reader.cols;
    const Index lines = images * rows.outputs, of_line = cols.outputs * job.reader.C * rows.taps * cols.taps;
    parallel_range(lines, ceil_div(kMultiplyAddsOfPiece, of_line), [&](Index begin, Index end) {
        Reads reads(rows.taps * cols.taps);
        for (Index line = begin; line < end; ++line) job.compute_line(line, reads);
    });
}

// Multiplies a run's gradients with what kTaps of its reads, from `first` on (or fewer, at the end), find there, and
// adds the products to the taps' sums: V vectors of channels from c on.
template <int V, class Lanes>
inline void add_products_of(const Reads& reads, Index first, Index c, const Lanes& lanes, Index in_step,
                            const Scalar* gradient, Index out_step, Index count, Scalar* sums) {
    Vec sum[kTaps][V] = {};
    const Scalar* from[kTaps];
    for (int t = 0; t < kTaps; ++t) from[t] = reads.from[smaller(first + t, reads.count - 1)] + c;
    gradient += c;
    for (Index p = 0; p < count; ++p, gradient += out_step)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) {
            const Vec dy = lanes.load(gradient + v * kLanes);
#pragma GCC unroll 3
            for (int t = 0; t < kTaps; ++t) sum[t][v] += lanes.load(from[t] + p * in_step + v * kLanes) * dy;
        }
    for (int t = 0; t < kTaps && first + t < reads.count; ++t)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) {
            Scalar* const to = sums + reads.weight[first + t] + c + v * kLanes;
            store(to, load(to) + sum[t][v]);
        }
}

void add_products(const Reads& reads, Index C, Step step, const Scalar* gradient, Index count, Scalar* sums) {
    for (Index first = 0; first < reads.count; first += kTaps) {
        Index c = 0;
        for (; c + 2 * kLanes <= C; c += 2 * kLanes)
            add_products_of<2>(reads, first, c, AllLanes{}, step.in * C, gradient, step.out * C, count, sums);
        for_vectors(c, C, [&](Index last, auto lanes) {
            add_products_of<1>(reads, first, last, lanes, step.in * C, gradient, step.out * C, count, sums);
        });
    }
}

}  // namespace

Memory depthwise_weights(const ConvShape& s, const Scalar* w) {
    Memory memory = numbers(s.R * s.S * s.C);
    for (Index c = 0; c < s.C; ++c)
        for (Index t = 0; t < s.R * s.S; ++t) memory.as()[t * s.C + c] = w[c * s.R * s.S + t];
    return memory;
}

void depthwise_forward(const ConvShape& s, const Scalar* x, const Scalar* weights, const Scalar* bias,
                       EpilogueView epilogue, Scalar* y) {
    const Table rows = forward_table(s.P, s.R, s.H, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = forward_table(s.Q, s.S, s.W, s.stride.w, s.pad_left, s.dilation.w);
    const Reader reader(s.C, s.C, {s.H, s.W}, rows, cols, {.out = 1, .in = s.stride.w}, x);
    gather({reader, weights, bias, epilogue, y}, s.N);
}

void depthwise_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, EpilogueView epilogue,
                              Scalar* dx) {
    const Table rows = backward_table(s.H, s.R, s.P, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = backward_table(s.W, s.S, s.Q, s.stride.w, s.pad_left, s.dilation.w);
    const Reader reader(s.C, s.C, {s.P, s.Q}, rows, cols, {.out = s.stride.w, .in = 1}, dy);
    const Memory weights = depthwise_weights(s, w);
    gather({reader, weights.as(), nullptr, epilogue, dx}, s.N);
}

void depthwise_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw) {
    const Table rows = forward_table(s.P, s.R, s.H, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = forward_table(s.Q, s.S, s.W, s.stride.w, s.pad_left, s.dilation.w);
    const Index taps = s.R * s.S, lines = s.N * s.P, parts = smaller(lines, kPartsWanted);
    const Index pitch = round_up(s.C, kLanes);
    const Reader reader(s.C, pitch, {s.H, s.W}, rows, cols, {.out = 1, .in = s.stride.w}, x);
    const Memory memory = zeros(parts * taps * pitch);
    parallel(parts, [&](Index part) {
        Scalar* const sums = memory.as() + part * taps * pitch;
        Reads reads(taps);
        for (Index line = begin_of(part, parts, lines); line < begin_of(part + 1, parts, lines); ++line) {
            reader.ask_for_line<Use::read>(line + 1, dy);
            reader.in_line(line, reads, [&](const Run& run) {
                add_products(reads, s.C, reader.runs.step, dy + (line * s.Q + run.first) * s.C, run.count, sums);
            });
        }
    });
    Scalar* const total = memory.as();
    for (Index part = 1; part < parts; ++part)
        for (Index i = 0; i < taps * pitch; i += kLanes)
            store(total + i, load(total + i) + load(total + part * taps * pitch + i));
    for (Index c = 0; c < s.C; ++c)
        for (Index t = 0; t < taps; ++t) dw[c * taps + t] = total[t * pitch + c];
}

}  // namespace normlab::NORMLAB_ISA
