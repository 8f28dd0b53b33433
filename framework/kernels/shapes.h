// The sizes that kernels work over, under the letters of the legend:
//   N batch   C channels   H, W height and width   K output channels   R, S kernel height and width   G groups
//   P, Q height and width of the output
// Activations are stored as N,H,W,C ("channels last"), convolution weights as K,R,S,C/G.
#pragma once

#include "framework/support/scalar.h"
#include "framework/support/shape.h"

namespace normlab {

// y[n,p,q,k] = b[k] + sum over r,s,c of x[n,h,w,c] * w[k,r,s,c]
//     h = p*stride.h - pad_top + r*dilation.h, w = q*stride.w - pad_left + s*dilation.w; beyond the image x is zero
struct ConvShape {
    Index N = 1, C = 1, H = 1, W = 1;
    Index K = 1, R = 1, S = 1;
    Index P = 1, Q = 1;
    Pair stride = 1;
    Index pad_top = 0, pad_left = 0;  // what lies beyond the bottom and right edge follows from P and Q
    Pair dilation = 1;
    Index G = 1;  // group g of C/G input channels makes group g of K/G output channels
    bool operator==(const ConvShape&) const = default;
};

// y[n,p,q,c] = max or mean over the window, r and s, of x[n,h,w,c]
//     h = p*stride.h - pad.h + r*dilation.h, w = q*stride.w - pad.w + s*dilation.w
struct PoolShape {
    Index N = 1, C = 1, H = 1, W = 1;
    Index R = 1, S = 1;
    Index P = 1, Q = 1;
    Pair stride = 1;
    Pair pad = 0;
    Pair dilation = 1;
};

// What the mean of a window is divided by.
struct Divisor {
    bool count_padding = true;  // zeros of the padding count as elements; beyond the padding nothing does
    Index fixed = 0;            // if not 0, always this number
};

// N images of `pixels` x C. Coefficients are rows() x C: one row for each `images_per_row` neighbouring images (the
// last row may be for fewer). With 1 each image has its own coefficients, with N all have the same.
struct NormShape {
    Index N = 1, pixels = 1, C = 1;
    Index images_per_row = 1;
    Index rows() const { return (N + images_per_row - 1) / images_per_row; }
};

}  // namespace normlab
