#include "optim/sgd.h"

#include "framework/kernels/kernels.h"
#include "optim/checks.h"

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
}

void SGD::update(Learner& learner, const Tensor& gradient) {
    const SgdRule rule{.lr = static_cast<Scalar>(lr() * learner.lr_scale),
                       .momentum = static_cast<Scalar>(options_.momentum),
                       .dampening = static_cast<Scalar>(options_.dampening),
                       .weight_decay = static_cast<Scalar>(learner.weight_decay(options_.weight_decay)),
                       .nesterov = options_.nesterov};
    Scalar* velocity = learner.memory.empty() ? nullptr : learner.memory[0].mutable_data();
    kernels().sgd(rule, learner.steps == 0, gradient.elements(), gradient.data(), velocity,
                  learner.parameter.mutable_value().mutable_data());
}

}  // namespace normlab
