#include "framework/kernels/fast/fast.h"

namespace normlab::NORMLAB_ISA {

extern const Kernels table;
const Kernels table = {
    .name = NORMLAB_ISA_NAME,
    .conv2d = conv2d,
    .conv2d_prepared = conv2d_prepared,
    .prepare_conv2d = prepare_conv2d,
    .conv2d_backward_input = conv2d_backward_input,
    .conv2d_backward_weight = conv2d_backward_weight,
    .channel_sums = channel_sums,
    .moments = moments,
    .normalize = normalize,
    .normalize_sums = normalize_sums,
    .normalize_backward = normalize_backward,
    .max_pool = max_pool,
    .max_pool_backward = max_pool_backward,
    .avg_pool = avg_pool,
    .avg_pool_backward = avg_pool_backward,
    .activation = activation,
    .activation_backward = activation_backward,
    .add = add,
    .accumulate = accumulate,
    .scale = scale,
    .scale_rows = scale_rows,
    .dropout_mask = dropout_mask,
    .multiply = multiply,
    .to_channels_first = to_channels_first,
    .to_channels_last = to_channels_last,
    .sgd = sgd,
    .adam = adam,
    .repeat_multiply_add = repeat_multiply_add,
};

}  // namespace normlab::NORMLAB_ISA
