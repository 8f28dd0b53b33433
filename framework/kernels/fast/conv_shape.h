// The same convolution in a shape that suits the loops better.
//
// A 1x1 kernel need not know where a row or an image ends: all pixels become one column.
//
// Groups with fewer channels than a vector has lanes are computed several at a time, as one group whose weights are
// zero off the diagonal:
//
//     | w0  0  |      with two groups together half of the products are by zero,
//     | 0   w1 |      but all lanes work, not half of them
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {
namespace {

inline ConvShape simplified(ConvShape s) {
    const bool pointwise = s.R == 1 && s.S == 1 && s.stride.h == 1 && s.stride.w == 1 && s.pad_top == 0 &&
                           s.pad_left == 0 && s.P == s.H && s.Q == s.W;
    if (pointwise) {
        s.P = s.H = s.N * s.H * s.W;
        s.N = s.Q = s.W = 1;
    }
    return s;
}

// As many groups as fit into a vector, side by side; a power of two that divides their number.
inline Index groups_together(const ConvShape& s) {
    const Index channels = smaller(s.C, s.K) / s.G;
    Index together = 1;
    while (s.G % (2 * together) == 0 && 2 * together * channels <= kLanes) together *= 2;
    return together;
}

struct JoinedGroups {
    const ConvShape& shape;
    const Index together = groups_together(shape);
    const Index inputs = shape.C / shape.G;  // of one group

    bool any() const { return together > 1; }
    ConvShape joined() const {
        ConvShape s = shape;
        s.G /= together;
        return s;
    }
    Index weights() const { return shape.K * shape.R * shape.S * together * inputs; }

    // work(own, joined) for each tap and output: its weights begin at `own` in the array of the separate groups and at
    // `joined` in that of the joined ones; there are `inputs` of them.
    template <class Work>
    void each(const Work& work) const {
        const Index taps = shape.R * shape.S, outputs = shape.K / shape.G;
        for (Index i = 0; i < shape.K * taps; ++i) {
            const Index group = i / taps / outputs;
            work(i * inputs, (i * together + group % together) * inputs);
        }
    }
    Memory join(const Scalar* w) const {
        Memory memory = zeros(weights());
        Scalar* const to = memory.as();
        each([&](Index own, Index joined) {
            for (Index c = 0; c < inputs; ++c) to[joined + c] = w[own + c];
        });
        return memory;
    }
    void split(const Scalar* from, Scalar* w) const {
        each([&](Index own, Index joined) {
            for (Index c = 0; c < inputs; ++c) w[own + c] = from[joined + c];
        });
    }
};

}  // namespace
}  // namespace normlab::NORMLAB_ISA
