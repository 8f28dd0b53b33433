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

struct Image {
    Index rows, cols;
};

void gather(Index N, Index C, Image out_size, Image in_size, const Table& rows, const Table& cols, const Scalar* w,
            const Scalar* bias, Finish finish, const Scalar* in, Scalar* out) {
    parallel(N * out_size.rows, [&](Index line) {
        const Index n = line / out_size.rows, i = line % out_size.rows;
        for (Index j = 0; j < out_size.cols; ++j)
            for_channels(C, [&](auto zero, Index c) {
                using T = decltype(zero);
                T sum = bias == nullptr ? zero : load_as<T>(bias + c);
                for (Index r = 0; r < rows.taps; ++r) {
                    if (rows(i, r) < 0) continue;
                    const Scalar* const from = in + (n * in_size.rows + rows(i, r)) * in_size.cols * C + c;
                    for (Index s = 0; s < cols.taps; ++s)
                        if (cols(j, s) >= 0)
                            sum += load_as<T>(from + cols(j, s) * C) * load_as<T>(w + (r * cols.taps + s) * C + c);
                }
                const Index at = (line * out_size.cols + j) * C + c;
                store_as(out + at, finished(sum, finish, at));
            });
    });
}

}  // namespace

void depthwise_forward(const ConvShape& s, const Scalar* x, const Scalar* w, const Scalar* bias, Finish finish,
                       Scalar* y) {
    const Table rows = forward_table(s.P, s.R, s.H, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = forward_table(s.Q, s.S, s.W, s.stride.w, s.pad_left, s.dilation.w);
    const Block weights = taps_first(s, w);
    gather(s.N, s.C, {s.P, s.Q}, {s.H, s.W}, rows, cols, weights.as(), bias, finish, x, y);
}

void depthwise_backward_input(const ConvShape& s, const Scalar* dy, const Scalar* w, Scalar* dx) {
    const Table rows = backward_table(s.H, s.R, s.P, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = backward_table(s.W, s.S, s.Q, s.stride.w, s.pad_left, s.dilation.w);
    const Block weights = taps_first(s, w);
    gather(s.N, s.C, {s.H, s.W}, {s.P, s.Q}, rows, cols, weights.as(), nullptr, {}, dy, dx);
}

void depthwise_backward_weight(const ConvShape& s, const Scalar* x, const Scalar* dy, Scalar* dw) {
    const Table rows = forward_table(s.P, s.R, s.H, s.stride.h, s.pad_top, s.dilation.h);
    const Table cols = forward_table(s.Q, s.S, s.W, s.stride.w, s.pad_left, s.dilation.w);
    const Index taps = s.R * s.S, runs = smaller(s.N, kPiecesWanted);
    const Block memory = numbers(runs * taps * s.C);
    parallel(runs, [&](Index run) {
        Scalar* const sums = memory.as() + run * taps * s.C;
        for (Index i = 0; i < taps * s.C; ++i) sums[i] = 0;
        for (Index line = run * s.N / runs * s.P; line < (run + 1) * s.N / runs * s.P; ++line)
            for (Index t = 0; t < taps; ++t) {
                const Index n = line / s.P, h = rows(line % s.P, t / s.S);
                if (h < 0) continue;
                for_channels(s.C, [&](auto zero, Index c) {
                    using T = decltype(zero);
                    T sum = load_as<T>(sums + t * s.C + c);
                    for (Index q = 0; q < s.Q; ++q) {
                        const Index w = cols(q, t % s.S);
                        if (w >= 0)
                            sum += load_as<T>(dy + (line * s.Q + q) * s.C + c) *
                                   load_as<T>(x + ((n * s.H + h) * s.W + w) * s.C + c);
                    }
                    store_as(sums + t * s.C + c, sum);
                });
            }
    });
    for (Index c = 0; c < s.C; ++c)
        for (Index t = 0; t < taps; ++t) {
            Scalar sum = 0;
            for (Index run = 0; run < runs; ++run) sum += memory.as()[(run * taps + t) * s.C + c];
            dw[c * taps + t] = sum;
        }
}

}  // namespace normlab::NORMLAB_ISA
