// y[n,k,p,q] = b[k] + Σ_{c,r,s} x[n, c, p·stride + r·dilation − padding, q·stride + s·dilation − padding] · w[k,c,r,s]
// (a cross-correlation, as everywhere in deep learning), x zero beyond its edges. With G groups, channels [g·C/G,
// (g+1)·C/G) make outputs [g·K/G, (g+1)·K/G).
#pragma once

#include "framework/kernels/shapes.h"
#include "framework/tape.h"

namespace normlab {

// Zeros around the image: a given number, or `same`: as many as make the output at stride 1 as large as the input (if
// the total is odd, the extra row and column are at the bottom and right).
struct Padding {
    Pair amount = 0;
    bool same = false;
    constexpr Padding(Index both) : amount(both) {}
    constexpr Padding(int both) : amount(both) {}
    constexpr Padding(Pair pair) : amount(pair) {}
    static constexpr Padding Same() {
        Padding padding(0);
        padding.same = true;
        return padding;
    }
    bool operator==(const Padding&) const = default;
};

struct ConvOptions {
    Pair stride = 1;
    Padding padding = 0;
    Pair dilation = 1;
    Index groups = 1;
};

// x (N,C,H,W), weight (K,C/G,R,S), bias (K) or an empty Var.
Var conv2d(const Var& x, const Var& weight, const Var& bias, const ConvOptions& options);

}  // namespace normlab
