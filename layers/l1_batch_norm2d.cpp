#include "layers/l1_batch_norm2d.h"

#include "framework/ops/l1_normalize.h"

namespace normlab {

Statistics L1BatchNorm2d::statistics_of_batch(const Tensor& x) const {
    return l1_statistics_of(x);
}

Var L1BatchNorm2d::normalized(const Var& x, const Statistics& batch) const {
    return l1_normalize(kind_, x, batch, weight, bias, options.eps);
}

}  // namespace normlab
