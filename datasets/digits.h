// Digits as if written by hand, drawn by the program: 28x28 grey, white on black, ten classes. Each digit is written in
// one of several ways, as strokes whose points are off by a little; slant, size, turn, place, thickness and ink vary,
// the pen skips, the paper has specks and grain. Easy enough to be learned in seconds, too hard for a linear model.
#pragma once

#include "datasets/made_set.h"

namespace normlab {

Split make_digits(const MadeSetOptions& options = {});

}  // namespace normlab
