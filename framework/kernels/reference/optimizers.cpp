#include <cmath>

#include "framework/kernels/reference/reference.h"

namespace normlab::reference {

void sgd(const SgdRule& rule, bool first_step, Index count, const Scalar* gradient, Scalar* velocity, Scalar* weight) {
    for (Index i = 0; i < count; ++i) {
        Scalar step = gradient[i] + rule.weight_decay * weight[i];
        if (rule.momentum != 0) {
            velocity[i] = first_step ? step : rule.momentum * velocity[i] + (1 - rule.dampening) * step;
            step = rule.nesterov ? step + rule.momentum * velocity[i] : velocity[i];
        }
        weight[i] -= rule.lr * step;
    }
}

void adam(const AdamRule& rule, Index count, const Scalar* gradient, Scalar* mean, Scalar* square, Scalar* weight) {
    for (Index i = 0; i < count; ++i) {
        Scalar g = gradient[i];
        if (rule.decoupled_decay)
            weight[i] -= rule.lr * rule.weight_decay * weight[i];
        else
            g += rule.weight_decay * weight[i];
        mean[i] = rule.beta1 * mean[i] + (1 - rule.beta1) * g;
        square[i] = rule.beta2 * square[i] + (1 - rule.beta2) * g * g;
        weight[i] -=
            rule.lr * (mean[i] / rule.first_correction) / (std::sqrt(square[i] / rule.second_correction) + rule.eps);
    }
}

}  // namespace normlab::reference
