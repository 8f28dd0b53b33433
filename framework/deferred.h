// Fusion: relu(add(norm(x), shortcut)) passes over memory once instead of three times.
//
// Inside a module's call normalization computes its statistics but no y: it returns a deferred value. add finds that
// its argument is deferred and returns a deferred sum. relu finishes it: one pass normalizes, adds and cuts off. If
// anything else asks for the numbers, value() computes them then, without an epilogue, and nobody sees a difference.
#pragma once

#include <functional>

#include "framework/kernels/kernels.h"
#include "framework/tape.h"

namespace normlab {

// The end of a pass that computes a value: relu(value·scale + shift + residual).
struct Epilogue {
    Tensor scale, shift;  // (C), or both undefined
    Var residual;         // of the value's shape, or undefined
    bool relu = false;

    // As kernels see it, while the residual lives. scale and shift are not in it: they are folded into the weights.
    EpilogueView view() const;
};

// A value whose pass is still to come, so that it can take an epilogue.
struct Deferred {
    Shape shape;
    bool takes_residual = false, takes_scale = false;  // a ReLU it always takes
    std::function<Var(const Epilogue&)> finish;        // runs the pass

    const Module* module = nullptr;  // for which the pass runs
    Var computed;                    // once its numbers were asked for; `finish` is empty from then on

    static Var as_var(Deferred value);
    static Deferred* of(const Var& x);  // null if x has its numbers
};

// The value, deferred within a FusionScope and computed at once elsewhere.
Var defer(Deferred value);

bool takes_relu(const Var& x);
bool takes_residual(const Var& x);
bool takes_scale(const Var& x);

// Runs the pass of a deferred value with this epilogue. The value itself stays deferred: if it is used elsewhere, too,
// that is another pass. Its own numbers are computed once, and from then on it takes no epilogue.
Var finish(const Var& x, const Epilogue& epilogue);

// While one is in scope, values may be deferred. Each module call is one; what the outermost returns is computed.
class FusionScope {
  public:
    FusionScope();
    ~FusionScope();
    FusionScope(const FusionScope&) = delete;
    FusionScope& operator=(const FusionScope&) = delete;
    bool outermost() const;
};

}  // namespace normlab
