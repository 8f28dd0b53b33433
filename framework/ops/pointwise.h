// Functions of one number, applied to each element.
#pragma once

#include <functional>

#include "framework/tape.h"

namespace normlab {

// y = f(x); slope(x, y) is dy/dx. Any function will do: pointwise("square", x, [](double v) { return v * v; },
// [](double v, double) { return 2 * v; }).
Var pointwise(const char* op, const Var& x, const std::function<double(double x)>& f,
              const std::function<double(double x, double y)>& slope);

Var exp(const Var& x);
Var log(const Var& x);
Var pow(const Var& x, double exponent);  // 2 is the square, 0.5 the root

}  // namespace normlab
