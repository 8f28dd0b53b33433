// Sums, multiples and products, element by element, and the channels of several tensors side by side.
#pragma once

#include <vector>

#include "framework/tape.h"

namespace normlab {

Var add(const Var& a, const Var& b);             // a + b, of the same shape
Var multiply(const Var& a, const Var& b);        // a * b, of the same shape
Var scale(const Var& x, double factor);          // factor * x
Var concatenate(const std::vector<Var>& parts);  // (N,C1,H,W), (N,C2,H,W), ... to (N,C1+C2+...,H,W)
Var sum(const Var& x);                           // all elements to one number

}  // namespace normlab
