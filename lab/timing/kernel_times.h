// How long each call of a kernel takes, and how much work it is. Kernels are called through a table (kernels.h); here
// it is replaced by one whose functions read the clock before and after they call those of the table that was in use.
#pragma once

#include <vector>

#include "framework/kernels/kernels.h"
#include "framework/module.h"

namespace normlab {

// The least that a call has to do.
struct KernelWork {
    const char* pass;         // what it is for: "forward", "weight grad"
    Index multiply_adds = 0;  // of convolutions and linear layers, counted as the plain loops do them
    Index numbers = 0;        // moved, if each operand is read or written once
};

struct KernelCall {
    const Module* module;  // that it computes for; null if there is none
    KernelWork work;
    double ms = 0;
    Index pieces = 1;      // that the longest of its parts was cut into for the threads
    double pieces_ms = 0;  // time of this part
};

// Times every kernel called while this is in scope. Only one at a time may exist, on one thread.
class KernelTimes {
  public:
    KernelTimes();
    ~KernelTimes();
    KernelTimes(const KernelTimes&) = delete;
    KernelTimes& operator=(const KernelTimes&) = delete;

    std::vector<KernelCall> take();  // the calls since the last take()

  private:
    KernelsInUse table_;
};

}  // namespace normlab
