// Groups of fewer channels than a vector has lanes are computed several together, as one group whose weights are zero
// beside the diagonal:
//
//     | w0  0  |      with two together half of the products are by zero,
//     | 0   w1 |      but all lanes are at work, not half of them
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {
namespace {

struct JoinedGroups {
    const ConvShape& shape;
    Index together = 1;
    Index inputs;  // of one group

    explicit JoinedGroups(const ConvShape& s) : shape(s), inputs(s.C / s.G) {
        const Index narrow = smaller(s.C, s.K) / s.G;
        while (s.G % (2 * together) == 0 && 2 * together * narrow <= kLanes) together *= 2;
    }
    bool any() const { return together > 1; }

    ConvShape joined() const {
        ConvShape s = shape;
        s.G /= together;
        return s;
    }
    Index weights() const { return shape.K * shape.R * shape.S * together * inputs; }

    // work(i, at): a group's inputs of tap and output i lie from i * inputs on, in the joined weights from `at` on.
    template <class Work>
    void each(const Work& work) const {
        const Index taps = shape.R * shape.S, outputs = shape.K / shape.G;
        for (Index i = 0; i < shape.K * taps; ++i) {
            const Index group = i / taps / outputs;
            work(i, (i * together + group % together) * inputs);
        }
    }
    Memory join(const Scalar* w) const {
        Memory memory = zeros(weights());
        Scalar* const to = memory.as();
        each([&](Index i, Index at) {
            for (Index c = 0; c < inputs; ++c) to[at + c] = w[i * inputs + c];
        });
        return memory;
    }
    void part(const Scalar* joined, Scalar* w) const {
        each([&](Index i, Index at) {
            for (Index c = 0; c < inputs; ++c) w[i * inputs + c] = joined[at + c];
        });
    }
};

}  // namespace
}  // namespace normlab::NORMLAB_ISA
