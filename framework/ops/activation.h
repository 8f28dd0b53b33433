// Functions of one number, applied to each element.
#pragma once

#include "framework/tape.h"

namespace normlab {

Var relu(const Var& x);                             // max(x, 0)
Var leaky_relu(const Var& x, double slope = 0.01);  // x where x > 0, slope·x elsewhere
Var sigmoid(const Var& x);                          // 1 / (1 + exp(−x))
Var tanh(const Var& x);
Var gelu(const Var& x);       // x·Φ(x), Φ the normal distribution (Hendrycks, Gimpel 2016)
Var gelu_tanh(const Var& x);  // its approximation x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2
Var silu(const Var& x);       // x·sigmoid(x)

}  // namespace normlab
