#include "layers/ghost_batch_norm2d.h"

#include "framework/support/error.h"

namespace normlab {

GhostBatchNorm2d::GhostBatchNorm2d(const GhostBatchNorm2dOptions& given)
    : BatchNorm2d("GhostBatchNorm2d", given.batch), virtual_batch_size(given.virtual_batch_size) {
    require(virtual_batch_size >= 1, kind_, "virtual_batch_size must be at least 1, got ", virtual_batch_size);
}

Statistics GhostBatchNorm2d::statistics(const Tensor& x) const {
    return statistics_of(x, {.images = virtual_batch_size, .channels = 1});
}

void GhostBatchNorm2d::follow(const Statistics& batch) {
    running.update_in_order(gathered(batch), options.momentum, options.biased_running_var);
}

}  // namespace normlab
