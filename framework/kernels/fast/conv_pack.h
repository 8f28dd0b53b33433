// The input of a direct convolution, laid out so that the inputs of neighbouring output pixels are neighbours in memory
// whatever the stride, the dilation and the padding. Each channel has a plane; or, where there are at least kLanes
// channels and a multiple of four, each `lanes` = kLanes channels share one whose pixels are vectors, the last one
// partly filled (copying is less work than transposing):
//
//     wide images, stride 2:    the columns of a row are sorted by phase;       0 2 4 6 _ | 1 3 5 7 _
//                               a tap reads one phase from some column on
//     narrow images:            sorted by the taps' offset: for each a copy     _ 0 1 2 | 0 1 2 3 | 1 2 3 _
//                               of just the columns that its taps read; the     _ 4 5 6 | 4 5 6 7 | 5 6 7 _
//                               rows follow each other without padding
//
// (_ is a zero of the padding.) Sorted by offset, the output pixels of several rows are one run, so that a tile need
// not end where the image does. Either way there are classes of columns, and classes of rows, that are packed one after
// the other; a tap belongs to a class and reads it from some position on.
#pragma once

#include "framework/kernels/fast/correlation.h"
#include "framework/kernels/fast/transpose.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kAhead = 1536;                           // numbers asked for before they are needed
constexpr Index kFewestInRun = kLanes < 4 ? kLanes : 4;  // channels, see Planes::run_of

// Which taps share a class: those whose offsets differ by a multiple of the step, or only those of the same offset.
enum class SortedBy { phase, offset };

// One axis: for output i, tap t reads the input at i*step + offset(t), which is at i + position[t] in class_of[t].
// Index j of class k is the input at j*step + origin[k].
struct Axis {
    const Index step;
    const Memory memory;
    Index *const origin, *const class_of, *const position;
    Index classes = 0, extent = 0;

    template <class Offset>
    Axis(Index taps, Index axis_step, Index outputs, SortedBy sorted_by, const Offset& offset)
        : step(axis_step),
          memory(room_for<Index>(3 * taps)),
          origin(memory.as<Index>()),
          class_of(origin + taps),
          position(class_of + taps) {
        const auto together = [&](Index a, Index b) {
            return sorted_by == SortedBy::phase ? (a - b) % step == 0 : a == b;
        };
        for (Index t = 0; t < taps; ++t) {
            Index k = 0;
            while (k < classes && !together(origin[k], offset(t))) ++k;
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
    const Axis rows, cols;
    const Index lanes;  // channels that lie side by side in a plane
    const Index plane;  // numbers in the plane of a channel, with room for the end of the last vector

    // For P x Q outputs.
    Planes(const Correlation& job, Index P, Index Q, SortedBy columns)
        : rows(job.tap_count, job.step_h, P, SortedBy::phase, [&](Index t) { return job.taps[t].row; }),
          cols(job.tap_count, job.step_w, Q, columns, [&](Index t) { return job.taps[t].col; }),
          lanes(job.C >= kLanes && job.C % kFewestInRun == 0 ? kLanes : 1),
          plane(odd_lines(rows.classes * cols.classes * rows.extent * cols.extent + kLanes)) {}

    // Numbers in the planes of `channels` channels.
    Index size(Index channels) const { return plane * round_up(channels, lanes); }
    // Where tap t reads channel c.
    Index offset(Index t, Index c) const {
        const Index area = rows.class_of[t] * cols.classes + cols.class_of[t];
        const Index pixel = (area * rows.extent + rows.position[t]) * cols.extent + cols.position[t];
        return (c / lanes * plane + pixel) * lanes + c % lanes;
    }
    // How many channels a tap reads at equal distances, `distance`: all of them, or, where channels lie in vectors, the
    // largest power of two up to a vector that divides their number.
    Index run_of(Index channels) const {
        if (lanes == 1) return channels;
        Index run = kLanes;
        while (channels % run != 0) run /= 2;
        return run;
    }
    Index distance() const { return lanes == 1 ? plane : 1; }
};

// Copies pixels `first` to `end` of the planes that begin at `to`; the first one lies at `from`, the others `step`
// apart.
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

// `count` pixels of a row, the first at column `first`, then every `step`-th; a row of the padding has no `from`.
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

// Asks for a row of the image that will be packed soon: the processor does not foresee the strided reads of pack_row().
// Measured gain: 16 % of a forward pass with a stride of 2 (16 to 32 channels, 32 x 32), 3 to 8 % with a stride of 1.
inline void prefetch_row(const Correlation& job, const Scalar* image, Index h, Index channels) {
    if (h < 0 || h >= job.H) return;
    for (Index w = 0; w < job.W; ++w)
        for (Index c = 0; c < channels; c += kLine) __builtin_prefetch(image + (h * job.W + w) * job.in_pixel + c);
}

// One class of rows and one of columns, for the outputs from row `top` on. Rows are written in the order in which they
// lie, so that whatever a vector leaves after its row is overwritten by the next. Returns where the area ends.
inline Scalar* pack_area(const Correlation& job, const Planes& planes, const Scalar* image, Index top, Index row_class,
                         Index col_class, Index channels, Scalar* to) {
    const Axis &rows = planes.rows, &cols = planes.cols;
    const Index first_col = cols.origin[col_class], rows_ahead = ceil_div(kAhead, job.W * channels);
    // Rows without padding and steps between them are packed as one.
    const bool joinable =
        cols.classes == 1 && first_col == 0 && cols.extent == job.W && cols.step == 1 && rows.step == 1;
    for (Index i = 0; i < rows.extent;) {
        const Index h = (top + i) * rows.step + rows.origin[row_class];
        const bool inside = h >= 0 && h < job.H;
        const Scalar* const from = inside ? image + h * job.W * job.in_pixel : nullptr;
        if (col_class == 0) prefetch_row(job, image, h + rows_ahead * rows.step, channels);
        const Index joined = joinable && inside ? smaller(rows.extent - i, job.H - h) : 1;
        if (joined > 1)
            pack_pixels(planes, from, job.in_pixel, 0, joined * job.W, channels, to);
        else
            pack_row(job, planes, from, first_col, cols.step, cols.extent, channels, to);
        to += joined * cols.extent * planes.lanes;
        i += joined;
    }
    return to;
}

// The planes of `channels` channels for the outputs from row `top` on.
inline void pack(const Correlation& job, const Planes& planes, const Scalar* image, Index top, Index channels,
                 Scalar* to) {
    for (Index row_class = 0; row_class < planes.rows.classes; ++row_class)
        for (Index col_class = 0; col_class < planes.cols.classes; ++col_class)
            to = pack_area(job, planes, image, top, row_class, col_class, channels, to);
}

}  // namespace
}  // namespace normlab::NORMLAB_ISA
