// How long each call of a kernel takes, and how much work it is. The kernels are called through a table (kernels.h): a
// table whose functions look at the clock, call those of the table before them, and look at the clock again.
#pragma once

#include <vector>

#include "framework/kernels/kernels.h"
#include "framework/module.h"

namespace normlab {

// What a call has to do at least.
struct KernelWork {
    const char* pass;         // what it is for: "forward", "weight gradient"
    Index multiply_adds = 0;  // of convolutions and linear layers, counted as the plain loops do them
    Index numbers = 0;        // moved, if each operand is read or written once
};

struct KernelCall {
    const Module* module;  // for which it computes; null: for none
    KernelWork work;
    double ms = 0;
    Index pieces = 1;      // into which the longest of its parts was cut, for the threads to share
    double pieces_ms = 0;  // that this part took
};

// Times every kernel that is called while this is in scope; one at a time, and from one thread.
class KernelTimes {
  public:
    KernelTimes();
    ~KernelTimes();
    KernelTimes(const KernelTimes&) = delete;
    KernelTimes& operator=(const KernelTimes&) = delete;

    std::vector<KernelCall> take();  // the calls since it was asked last

  private:
    KernelsInUse table_;
};

}  // namespace normlab
