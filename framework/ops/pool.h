// Each output pixel is the maximum or the mean of a window of the input, channel by channel.
#pragma once

#include "framework/kernels/shapes.h"
#include "framework/tape.h"

namespace normlab {

struct MaxPoolOptions {
    Pair kernel = 2;
    Pair stride = 0;   // 0: the kernel's
    Pair padding = 0;  // with values that are never the maximum
    Pair dilation = 1;
    bool ceil_mode = false;  // a window may begin in the image and end beyond it
};
struct AvgPoolOptions {
    Pair kernel = 2;
    Pair stride = 0;   // 0: the kernel's
    Pair padding = 0;  // with zeros
    bool ceil_mode = false;
    bool count_include_pad = true;  // the padding's zeros count in the mean
    Index divisor_override = 0;     // not 0: the sum is divided by this
};

inline Pair pool_stride(Pair kernel, Pair stride) {
    return {stride.h == 0 ? kernel.h : stride.h, stride.w == 0 ? kernel.w : stride.w};
}

Var max_pool2d(const Var& x, const MaxPoolOptions& options);
Var avg_pool2d(const Var& x, const AvgPoolOptions& options);
Var global_avg_pool2d(const Var& x);  // (N,C,H,W) to (N,C,1,1)
Var global_max_pool2d(const Var& x);

}  // namespace normlab
