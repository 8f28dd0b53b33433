#include "lab/run_optimizer.h"

#include "optim/optim.h"

namespace normlab {

std::unique_ptr<Optimizer> make_optimizer(const OptimConfig& c, Module& model) {
    const ParameterGroups groups =
        c.decay_norm_and_bias ? ParameterGroups(parameters(model)) : without_norm_and_bias_decay(model);
    const std::array<double, 2> betas = {c.beta1, c.beta2};
    if (c.type == "adam") return std::make_unique<Adam>(groups, AdamOptions{c.lr, betas, c.eps, c.weight_decay});
    if (c.type == "adamw") return std::make_unique<AdamW>(groups, AdamWOptions{c.lr, betas, c.eps, c.weight_decay});
    return std::make_unique<SGD>(groups, SGDOptions{c.lr, c.momentum, c.dampening, c.nesterov, c.weight_decay});
}

}  // namespace normlab
