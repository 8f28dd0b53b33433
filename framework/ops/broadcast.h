// Repeating and summing up, each the other's backward.
//
// Two shapes go together by numpy's rule if, from the last axis on, their sizes are equal or one of them is 1; the
// smaller one is then repeated. (3,1,1) goes with (8,3,32,32), one number for each channel, and a single number with
// anything; (3) would lie along W.
#pragma once

#include "framework/tape.h"

namespace normlab {

Shape broadcast_shape(const char* op, const Shape& a, const Shape& b);  // that both can be repeated to, or an Error

Var broadcast(const Var& x, const Shape& shape);  // x repeated to a larger shape
Var sum_to(const Var& x, const Shape& shape);     // the sum of all elements that fall together in a smaller shape
Var mean_to(const Var& x, const Shape& shape);    // their mean: of (8,10) to (8,1) that of each row
Var sum(const Var& x);                            // of all elements, one number
Var mean(const Var& x);

}  // namespace normlab
