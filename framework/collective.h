// The processes that train one model together, each on its part of every batch. Where there is one, there is nothing
// to add to what it has; lab/run/ranks.h has those that mpirun starts.
#pragma once

#include <algorithm>
#include <span>

#include "framework/support/scalar.h"

namespace normlab {

class Collective {
  public:
    virtual ~Collective() = default;

    virtual Index rank() const { return 0; }  // of this process, from 0 to size() - 1
    virtual Index size() const { return 1; }

    // What follows is called by every process, in the same order, with equally many numbers.

    // Adds up what all have in x; for a power of two of processes neighbours first, then pairs of neighbours:
    // ((0 + 1) + (2 + 3)) + …. All get the same bits.
    virtual void sum(std::span<float>) {}
    virtual void sum(std::span<double>) {}
    // The same while this process goes on: until end_sums() nobody may look at x.
    virtual void begin_sum(std::span<Scalar> x) { sum(x); }
    virtual void end_sums() {}
    // What each has, one after the other.
    virtual void gather(std::span<const double> own, std::span<double> all) { std::ranges::copy(own, all.begin()); }
};

// A process by itself.
Collective& alone();

}  // namespace normlab
