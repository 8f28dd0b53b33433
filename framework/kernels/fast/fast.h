// The fast kernels of this instruction set. reference/ says what each computes; kernels.h names its parameters.
#pragma once

#include "framework/kernels/fast/isa.h"

namespace normlab::NORMLAB_ISA {

Signature<&Kernels::conv2d> conv2d;
Signature<&Kernels::conv2d_prepared> conv2d_prepared;
Signature<&Kernels::prepare_conv2d> prepare_conv2d;
Signature<&Kernels::conv2d_backward_input> conv2d_backward_input;
Signature<&Kernels::conv2d_backward_weight> conv2d_backward_weight;
Signature<&Kernels::channel_sums> channel_sums;

Signature<&Kernels::moments> moments;
Signature<&Kernels::normalize> normalize;
Signature<&Kernels::normalize_sums> normalize_sums;
Signature<&Kernels::normalize_backward> normalize_backward;

Signature<&Kernels::max_pool> max_pool;
Signature<&Kernels::max_pool_backward> max_pool_backward;
Signature<&Kernels::avg_pool> avg_pool;
Signature<&Kernels::avg_pool_backward> avg_pool_backward;

Signature<&Kernels::activation> activation;
Signature<&Kernels::activation_backward> activation_backward;
Signature<&Kernels::add> add;
Signature<&Kernels::accumulate> accumulate;
Signature<&Kernels::scale> scale;
Signature<&Kernels::scale_rows> scale_rows;
Signature<&Kernels::dropout_mask> dropout_mask;
Signature<&Kernels::multiply> multiply;
Signature<&Kernels::to_channels_first> to_channels_first;
Signature<&Kernels::to_channels_last> to_channels_last;
Signature<&Kernels::repeat_multiply_add> repeat_multiply_add;

Signature<&Kernels::sgd> sgd;
Signature<&Kernels::adam> adam;

}  // namespace normlab::NORMLAB_ISA
