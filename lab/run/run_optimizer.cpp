#include "lab/run/run_optimizer.h"

#include "optim/optim.h"

namespace normlab {
namespace {

// Moves what the patterns pick out of `groups`.
ParameterGroups taken_out(ParameterGroups& groups, const NamePatterns& patterns) {
    ParameterGroups taken;
    for (ParameterGroup& group : groups) {
        ParameterGroup part = group;
        const auto is_picked = [&](const NamedParameter& each) { return matches_any(patterns, each.name); };
        std::erase_if(group.parameters, is_picked);
        std::erase_if(part.parameters, [&](const NamedParameter& each) { return !is_picked(each); });
        taken.push_back(std::move(part));
    }
    return taken;
}

}  // namespace

ParameterGroups parameter_groups(const OptimConfig& c, Module& model) {
    ParameterGroups groups =
        c.decay_norm_and_bias ? ParameterGroups(parameters(model)) : without_norm_and_bias_decay(model);
    require_groups_match(c.groups, model);
    ParameterGroups all;
    for (const OptimConfig::Group& given : c.groups) {
        for (ParameterGroup& group : taken_out(groups, given.params)) {
            if (given.lr) group.lr_scale = *given.lr / c.lr;
            group.weight_decay = given.weight_decay;
            group.l1 = given.l1;
            group.nonnegative = given.nonnegative;
            group.orthogonal = given.orthogonal;
            all.push_back(std::move(group));
        }
    }
    all.insert(all.end(), groups.begin(), groups.end());
    return all;
}

std::unique_ptr<Optimizer> make_optimizer(const OptimConfig& c, Module& model) {
    const ParameterGroups groups = parameter_groups(c, model);
    if (c.type == "adam") return std::make_unique<Adam>(groups, AdamOptions{c.lr, c.betas, c.eps, c.weight_decay});
    if (c.type == "adamw") return std::make_unique<AdamW>(groups, AdamWOptions{c.lr, c.betas, c.eps, c.weight_decay});
    return std::make_unique<SGD>(groups, SGDOptions{c.lr, c.momentum, c.dampening, c.nesterov, c.weight_decay});
}

}  // namespace normlab
