// Values that are not computed at once, so that what follows them can end the same pass over memory.
#pragma once

#include "framework/tape.h"

namespace normlab {

// What may end the pass that computes a value: relu(value·scale + shift + residual). scale and shift have one number
// for each channel.
//
// relu(add(bn(x), shortcut)) reads and writes memory once instead of three times: batch norm leaves its value open, add
// and relu find it open and end it. Who asks for an open value's numbers, or hears of it as a ForwardListener, gets
// them as if nothing had been left open.
struct Epilogue {
    Tensor scale, shift;
    Var residual;
    bool relu = false;
};

// While one is in scope, values may stay open. Module calls are such scopes; what the outermost returns is computed.
class FusionScope {
  public:
    FusionScope();
    ~FusionScope();
    FusionScope(const FusionScope&) = delete;
    FusionScope& operator=(const FusionScope&) = delete;
    bool outermost() const;
};

}  // namespace normlab
