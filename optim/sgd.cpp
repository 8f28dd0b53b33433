#include "optim/sgd.h"

#include "framework/kernels/kernels.h"
#include "optim/checks.h"
#include "optim/orthogonal.h"

namespace normlab {

SGD::SGD(const ParameterGroups& groups, const SGDOptions& options)
    : Optimizer("SGD", groups, options.lr,
                options.momentum == 0 ? std::vector<std::string>{} : std::vector<std::string>{"momentum"}),
      options_(options) {
    require(options.momentum >= 0 && options.momentum < 1, "SGD", "momentum must be in [0, 1), got ", options.momentum);
    require(options.dampening >= 0 && options.dampening <= 1, "SGD", "dampening must be in [0, 1], got ",
            options.dampening);
    require(!options.nesterov || (options.momentum > 0 && options.dampening == 0), "SGD",
            "nesterov needs momentum and no dampening, got momentum ", options.momentum, ", dampening ",
            options.dampening);
    require_not_negative("SGD", "weight_decay", options.weight_decay);
    for (const ParameterGroup& group : groups)
        for (const NamedParameter& each : group.parameters)
            require(!group.orthogonal || each.parameter.shape().rank() > 1, "SGD", "orthogonal steps are for weights ",
                    "of convolutions and linear layers, and ", each.name, " is ", each.parameter.shape());
}

// The direction is where a step of length -1 without decay takes a weight of 0.
static void orthogonal_step(const SgdRule& rule, bool first, const Tensor& gradient, Scalar* velocity, Scalar* weight) {
    Tensor d = Tensor::zeros(gradient.shape());
    SgdRule direction = rule;
    direction.lr = -1, direction.weight_decay = 0;
    const SgdRule step{.lr = rule.lr, .weight_decay = rule.weight_decay};
    kernels().sgd(direction, first, d.elements(), gradient.data(), velocity, d.mutable_data());
    kernels().sgd(step, first, d.elements(), orthogonalized(d).data(), nullptr, weight);
}

void SGD::update(Learner& learner, const Tensor& gradient) {
    const SgdRule rule{.lr = static_cast<Scalar>(lr() * learner.lr_scale),
                       .momentum = static_cast<Scalar>(options_.momentum),
                       .dampening = static_cast<Scalar>(options_.dampening),
                       .weight_decay = static_cast<Scalar>(learner.weight_decay(options_.weight_decay)),
                       .nesterov = options_.nesterov};
    const bool first = learner.steps == 0;
    Scalar* velocity = learner.memory.empty() ? nullptr : learner.memory[0].mutable_data();
    Scalar* weight = learner.parameter.mutable_value().mutable_data();
    if (learner.orthogonal)
        orthogonal_step(rule, first, gradient, velocity, weight);
    else
        kernels().sgd(rule, first, gradient.elements(), gradient.data(), velocity, weight);
}

}  // namespace normlab
