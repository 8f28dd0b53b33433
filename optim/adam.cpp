#include "optim/adam.h"

#include "framework/kernels/kernels.h"
#include "optim/checks.h"

namespace normlab {

Adam::Adam(const std::string& kind, const ParameterGroups& groups, const AdamOptions& options, bool decoupled_decay)
    : Optimizer(kind, groups, options.lr, {"exp_avg", "exp_avg_sq"}),
      options_(options),
      decoupled_decay_(decoupled_decay) {
    for (const double beta : options.betas)
        require(beta >= 0 && static_cast<Scalar>(beta) < 1, kind, "betas must be in [0, 1), got ", options.betas[0],
                " and ", options.betas[1]);
    require_not_negative(kind, "eps", options.eps);
    require_not_negative(kind, "weight_decay", options.weight_decay);
    for (const ParameterGroup& group : groups) require(!group.orthogonal, kind, "orthogonal steps are SGD's");
}

void Adam::update(Learner& learner, const Tensor& gradient) {
    AdamRule rule{.lr = static_cast<Scalar>(lr() * learner.lr_scale),
                  .beta1 = static_cast<Scalar>(options_.betas[0]),
                  .beta2 = static_cast<Scalar>(options_.betas[1]),
                  .eps = static_cast<Scalar>(options_.eps),
                  .weight_decay = static_cast<Scalar>(learner.weight_decay(options_.weight_decay)),
                  .decoupled_decay = decoupled_decay_};
    // From the betas as the kernel has them: 1 - float(0.999) is 1.3e-5 off 0.001, and the two must match.
    const auto t = static_cast<double>(learner.steps + 1);
    rule.first_correction = static_cast<Scalar>(1 - std::pow(double{rule.beta1}, t));
    rule.second_correction = static_cast<Scalar>(1 - std::pow(double{rule.beta2}, t));
    kernels().adam(rule, gradient.elements(), gradient.data(), learner.memory[0].mutable_data(),
                   learner.memory[1].mutable_data(), learner.parameter.mutable_value().mutable_data());
}

}  // namespace normlab
