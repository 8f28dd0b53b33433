// The engine's numbers. A float in what users run; a double (CMake option NORMLAB_DOUBLE) where the derivatives are
// checked against finite differences, which need the digits.
#pragma once

#include <cstdint>

namespace normlab {

#ifdef NORMLAB_DOUBLE
using Scalar = double;
#else
using Scalar = float;
#endif

using Index = std::int64_t;

}  // namespace normlab
