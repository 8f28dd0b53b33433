// What the outputs of a depthwise convolution read. A table says which input row kernel row r reads for output row i,
// or -1 for none; another table says the same of the columns:
//
//     forward    input row i*stride - pad + r*dilation
//     backward   (i + pad - r*dilation) / stride, where the stride divides it
//
// The outputs of a line form runs. Within a run the same taps read, each a fixed step further than for the output
// before:
//
//     forward, 3 taps, pad 1:     |0| 1  2  3  4  5 |6|       one run inside, the edges on their own
//     backward, stride 2:         |0| 2  4  6|,  |1  3  5|    a run for each phase, of every second output
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {
namespace {

struct Table {
    Index outputs, taps;
    Memory memory;
    Index* source;

    template <class Source>
    Table(Index output_count, Index tap_count, Index inputs, const Source& source_of)
        : outputs(output_count), taps(tap_count), memory(room_for<Index>(outputs * taps)), source(memory.as<Index>()) {
        for (Index i = 0; i < outputs; ++i)
            for (Index t = 0; t < taps; ++t) {
                const Index found = source_of(i, t);
                source[i * taps + t] = found >= 0 && found < inputs ? found : -1;
            }
    }
    Index operator()(Index output, Index tap) const { return source[output * taps + tap]; }
    bool same_taps(Index output, Index other) const {
        for (Index t = 0; t < taps; ++t)
            if (((*this)(output, t) < 0) != ((*this)(other, t) < 0)) return false;
        return true;
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

// From one output of a run to the next.
struct Step {
    Index out, in;
};

struct Run {
    Index first, count;
};

struct Runs {
    Step step;
    Memory memory;
    Run* run;
    Index count = 0;

    Runs(const Table& cols, Step pixels) : step(pixels), memory(room_for<Run>(cols.outputs)), run(memory.as<Run>()) {
        for (Index phase = 0; phase < smaller(step.out, cols.outputs); ++phase)
            for (Index j = phase; j < cols.outputs; j += step.out) {
                const bool continues = j > phase && cols.same_taps(run[count - 1].first, j);
                if (!continues) run[count++] = {j, 0};
                run[count - 1].count += 1;
            }
    }
};

struct Image {
    Index rows, cols;
};

// What the taps of an output read, for channel 0, and where their weights begin; without taps that read no pixel.
struct Reads {
    Memory memory;
    const Scalar** from;
    Index *weight, count = 0;
    explicit Reads(Index most)
        : memory(static_cast<std::size_t>(most) * (sizeof(const Scalar*) + sizeof(Index))),
          from(memory.as<const Scalar*>()),
          weight(reinterpret_cast<Index*>(from + most)) {}
};

struct Reader {
    Index C, weight_pitch;
    Image in_size;
    const Table &rows, &cols;
    Runs runs;
    const Scalar* in;

    Reader(Index channels, Index pitch, Image inputs, const Table& row_table, const Table& col_table, Step step,
           const Scalar* input)
        : C(channels),
          weight_pitch(pitch),
          in_size(inputs),
          rows(row_table),
          cols(col_table),
          runs(cols, step),
          in(input) {}

    void find(Index line, Index j, Reads& reads) const {
        const Index i = line % rows.outputs, image = line / rows.outputs;
        reads.count = 0;
        for (Index r = 0; r < rows.taps; ++r)
            for (Index s = 0; s < cols.taps; ++s)
                if (rows(i, r) >= 0 && cols(j, s) >= 0) {
                    reads.from[reads.count] =
                        in + ((image * in_size.rows + rows(i, r)) * in_size.cols + cols(j, s)) * C;
                    reads.weight[reads.count++] = (r * cols.taps + s) * weight_pitch;
                }
    }

    // Calls work(run) for the runs of a line, with the reads of the run's first output.
    template <class Work>
    void in_line(Index line, Reads& reads, const Work& work) const {
        for (Index i = 0; i < runs.count; ++i) {
            find(line, runs.run[i].first, reads);
            work(runs.run[i]);
        }
    }

    // Asks memory for what the line reads and the lines before it do not, and for the line itself in `out`.
    template <Use of_out>
    __attribute__((always_inline)) void ask_for_line(Index line, const Scalar* out) const {
        const Index i = line % rows.outputs, image = line / rows.outputs;
        if (i == 0) return;
        const Index h = rows(i, rows.taps - 1), in_row = in_size.cols * C, out_row = cols.outputs * C;
        ask_for<of_out>(out + line * out_row, out_row);
        if (h >= 0) ask_for<Use::read>(in + (image * in_size.rows + h) * in_row, in_row);
    }
};

}  // namespace
}  // namespace normlab::NORMLAB_ISA
