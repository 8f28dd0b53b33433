#include "framework/kernels/reference/reference.h"

namespace normlab {

const Kernels& reference_kernels() {
    static constexpr Kernels table = {
        .name = "reference",
        .conv2d = reference::conv2d,
        .conv2d_prepared = reference::conv2d_prepared,
        .prepare_conv2d = reference::prepare_conv2d,
        .conv2d_backward_input = reference::conv2d_backward_input,
        .conv2d_backward_weight = reference::conv2d_backward_weight,
        .channel_sums = reference::channel_sums,
        .moments = reference::moments,
        .normalize = reference::normalize,
        .normalize_sums = reference::normalize_sums,
        .normalize_backward = reference::normalize_backward,
        .max_pool = reference::max_pool,
        .max_pool_backward = reference::max_pool_backward,
        .avg_pool = reference::avg_pool,
        .avg_pool_backward = reference::avg_pool_backward,
        .activation = reference::activation,
        .activation_backward = reference::activation_backward,
        .add = reference::add,
        .accumulate = reference::accumulate,
        .scale = reference::scale,
        .scale_rows = reference::scale_rows,
        .dropout_mask = reference::dropout_mask,
        .multiply = reference::multiply,
        .to_channels_first = reference::to_channels_first,
        .to_channels_last = reference::to_channels_last,
        .sgd = reference::sgd,
        .adam = reference::adam,
        .repeat_multiply_add = reference::repeat_multiply_add,
    };
    return table;
}

}  // namespace normlab
