// Arithmetic, element by element, and the channels of several tensors side by side. Shapes that differ are joined by
// numpy's rule, see broadcast.h. A number is a tensor, too: 1 - x.
#pragma once

#include <vector>

#include "framework/ops/broadcast.h"
#include "framework/tape.h"

namespace normlab {

Var add(const Var& a, const Var& b);
Var subtract(const Var& a, const Var& b);
Var multiply(const Var& a, const Var& b);
Var divide(const Var& a, const Var& b);
Var scale(const Var& x, double factor);          // factor * x
Var concatenate(const std::vector<Var>& parts);  // (N,C1,H,W), (N,C2,H,W), ... to (N,C1+C2+...,H,W)

inline Var operator+(const Var& a, const Var& b) {
    return add(a, b);
}
inline Var operator-(const Var& a, const Var& b) {
    return subtract(a, b);
}
inline Var operator*(const Var& a, const Var& b) {
    return multiply(a, b);
}
inline Var operator/(const Var& a, const Var& b) {
    return divide(a, b);
}
inline Var operator-(const Var& x) {
    return scale(x, -1);
}

}  // namespace normlab
