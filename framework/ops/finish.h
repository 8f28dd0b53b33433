// How kernels are told of an Epilogue. Its scale and shift are not in it: they are folded into what the kernel computes
// with.
#pragma once

#include "framework/deferred.h"
#include "framework/kernels/kernels.h"

namespace normlab {

inline EpilogueView finish_of(const Epilogue& ending) {
    return {ending.residual.defined() ? ending.residual.value().data() : nullptr, ending.relu};
}

}  // namespace normlab
