// The input of a direct convolution, laid out so that the inputs of neighbouring output pixels are neighbours in memory
// whatever the stride, the dilation and the padding. For each channel a plane, or for each `lanes` = kLanes channels
// one whose pixels are vectors, the last one's partly filled, where the channels are that many and a multiple of four
// (to copy is less work than to transpose):
//
//     wide images, stride 2:    the columns of a row are sorted into phases,    0 2 4 6 _ | 1 3 5 7 _
//                               a tap reads one phase from some column on
//     narrow images:            a copy for each column offset, of just the      _ 0 1 2 | 0 1 2 3 | 1 2 3 _
//                               columns that the taps of that offset read;      _ 4 5 6 | 4 5 6 7 | 5 6 7 _
//                               the rows follow each other without padding
//
// (_ is a zero of the padding.) In a narrow plane the output pixels of several rows are one run, so that a tile need
// not end where the image does. Both are the same thing: classes of columns, and classes of rows, that are packed one
// after the other; a tap belongs to a class and reads it from some position on.
#pragma once

#include "framework/kernels/fast/conv_direct.h"
#include "framework/kernels/fast/transpose.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kAhead = 1536;                           // numbers that are asked for before they are needed
constexpr Index kFewestInRun = kLanes < 4 ? kLanes : 4;  // channels, see Planes::run_of

// One axis: for output i, tap t reads the input at i*step + offset(t), which is at i + position[t] in class_of[t].
// Index j of class k is the input at j*step + origin[k].
struct Axis {
    Index step = 1, classes = 0, extent = 0;
    Memory memory;
    Index *origin = nullptr, *class_of = nullptr, *position = nullptr;

    // `merge`: taps whose offsets differ by a multiple of the step share a class.
    template <class Offset>
    Axis(Index taps, Index axis_step, Index outputs, bool merge, const Offset& offset)
        : step(axis_step), memory(static_cast<std::size_t>(3 * taps) * sizeof(Index)) {
        origin = memory.as<Index>(), class_of = origin + taps, position = class_of + taps;
        for (Index t = 0; t < taps; ++t) {
            Index k = 0;
            while (k < classes && (merge ? (origin[k] - offset(t)) % step != 0 : origin[k] != offset(t))) ++k;
            if (k == classes) origin[classes++] = offset(t);
            origin[k] = smaller(origin[k], offset(t));
            class_of[t] = k;
        }
        Index reach = 0;
        for (Index t = 0; t < taps; ++t) {
            position[t] = (offset(t) - origin[class_of[t]]) / step;
            reach = larger(reach, position[t]);
        }
        extent = outputs + reach;
    }
};

struct Planes {
    Axis rows, cols;
    Index lanes;  // channels that lie side by side in a plane
    Index plane;  // numbers in the plane of a channel

    Planes(const Correlation& job, Index P, Index Q, bool narrow)
        : rows(job.tap_count, job.step_h, P, true, [&](Index t) { return job.taps[t].row; }),
          cols(job.tap_count, job.step_w, Q, !narrow, [&](Index t) { return job.taps[t].col; }),
          lanes(job.C >= kLanes && job.C % kFewestInRun == 0 ? kLanes : 1) {
        // An odd number of cache lines, so that the planes do not all begin in the same set of the cache; and room for
        // the end of the last vector.
        plane = round_up(rows.classes * cols.classes * rows.extent * cols.extent + kLanes, kLine);
        plane += plane / kLine % 2 == 0 ? kLine : 0;
    }
    // Numbers in the planes of so many channels.
    Index size(Index channels) const { return plane * round_up(channels, lanes); }
    // Where tap t reads channel c.
    Index offset(Index t, Index c) const {
        const Index area = rows.class_of[t] * cols.classes + cols.class_of[t];
        const Index pixel = (area * rows.extent + rows.position[t]) * cols.extent + cols.position[t];
        return (c / lanes * plane + pixel) * lanes + c % lanes;
    }
    // How many channels a tap reads at equal distances, `distance`: all of them, or where they lie in vectors the
    // largest power of two, up to a vector, that divides them.
    Index run_of(Index channels) const {
        if (lanes == 1) return channels;
        Index run = kLanes;
        while (channels % run != 0) run /= 2;
        return run;
    }
    Index distance() const { return lanes == 1 ? plane : 1; }
};

// Pixels `first` to `end` of the planes that begin at `to`; `from` is the first one's, the others lie `step` apart.
inline void pack_pixels(const Planes& planes, const Scalar* from, Index step, Index first, Index end, Index channels,
                        Scalar* to) {
    if (planes.lanes == 1) return transpose(from, end - first, channels, step, to + first, planes.plane, kLanes);
    for_vectors(0, channels, [&](Index c, auto part) {
        Scalar* const pixels = to + c * planes.plane;
        for (Index i = first; i < end; ++i) store(pixels + i * kLanes, part.load(from + (i - first) * step + c));
    });
}
inline void clear_pixels(const Planes& planes, Index first, Index end, Index channels, Scalar* to) {
    for (Index c = 0; c < channels; c += planes.lanes, to += planes.plane * planes.lanes)
        for (Index i = first * planes.lanes; i < end * planes.lanes; ++i) to[i] = 0;
}

// `count` pixels of a row, the first at column `first`, then every `step`-th; from == null is a row of the padding.
inline void pack_row(const Correlation& job, const Planes& planes, const Scalar* from, Index first, Index step,
                     Index count, Index channels, Scalar* to) {
    const Index begin = from == nullptr ? count : smaller(count, first >= 0 ? 0 : ceil_div(-first, step));
    const Index end = from == nullptr ? count : larger(begin, smaller(count, floor_div(job.W - 1 - first, step) + 1));
    clear_pixels(planes, 0, begin, channels, to);
    if (begin < end)
        pack_pixels(planes, from + (first + begin * step) * job.in_pixel, step * job.in_pixel, begin, end, channels,
                    to);
    clear_pixels(planes, end, count, channels, to);
}

// Asks for a row of the image that will be packed soon: the strided reads of pack_row() hide its coming from the
// processor. Measured: 16 % of a forward pass with a stride of 2 (16 to 32 channels, 32 x 32), 3 to 8 % without.
inline void prefetch_row(const Correlation& job, const Scalar* image, Index h, Index channels) {
    if (h < 0 || h >= job.H) return;
    for (Index w = 0; w < job.W; ++w)
        for (Index c = 0; c < channels; c += kLine) __builtin_prefetch(image + (h * job.W + w) * job.in_pixel + c);
}

// The planes of `channels` channels for the outputs from row `top` on. Rows are written in the order in which they lie,
// so that what a vector leaves behind its row is overwritten by the next.
inline void pack(const Correlation& job, const Planes& planes, const Scalar* image, Index top, Index channels,
                 Scalar* to) {
    const Axis &rows = planes.rows, &cols = planes.cols;
    const bool one_run = cols.classes == 1 && cols.origin[0] == 0 && cols.extent == job.W && cols.step == 1;
    const Index rows_ahead = ceil_div(kAhead, job.W * channels);
    for (Index a = 0; a < rows.classes; ++a)
        for (Index b = 0; b < cols.classes; ++b)
            for (Index i = 0; i < rows.extent; ++i) {
                const Index h = (top + i) * rows.step + rows.origin[a];
                const bool inside = h >= 0 && h < job.H;
                const Scalar* from = inside ? image + h * job.W * job.in_pixel : nullptr;
                if (b == 0) prefetch_row(job, image, h + rows_ahead * rows.step, channels);
                Index joined = 1;  // rows without padding and steps between them are packed as one
                if (one_run && inside && rows.step == 1) joined = smaller(rows.extent - i, job.H - h);
                if (joined > 1)
                    pack_pixels(planes, from, job.in_pixel, 0, joined * job.W, channels, to);
                else
                    pack_row(job, planes, from, cols.origin[b], cols.step, cols.extent, channels, to);
                to += joined * cols.extent * planes.lanes;
                i += joined - 1;
            }
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
