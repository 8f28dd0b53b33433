// (N,C,H,W) to (N, C·H·W), the elements of an image in PyTorch's order: channel by channel, row by row.
#pragma once

#include "framework/tape.h"

namespace normlab {

Var flatten(const Var& x);

}  // namespace normlab
