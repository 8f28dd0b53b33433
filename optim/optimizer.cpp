#include "optim/optimizer.h"

#include <map>
#include <set>
#include <utility>

#include "optim/checks.h"

namespace normlab {
namespace {

void require_listed_once(const std::string& kind, const ParameterGroups& groups) {
    std::set<std::string> names;
    std::map<const Scalar*, std::string> storages;
    for (const ParameterGroup& group : groups) {
        for (const NamedParameter& each : group.parameters) {
            require(names.insert(each.name).second, kind, "parameter ", each.name, " is listed twice");
            const auto [first, is_new] = storages.emplace(each.parameter.value().data(), each.name);
            require(is_new, kind, "parameter ", each.name, " is listed twice: it is the same tensor as ",
                    first->second);
        }
    }
    require(!names.empty(), kind, "there are no parameters to learn");
}

Tensor with_l1(const Tensor& gradient, const Tensor& weight, double l1) {
    Tensor sum = gradient.clone();
    const auto pull = static_cast<Scalar>(l1);
    const Scalar* w = weight.data();
    Scalar* g = sum.mutable_data();
    for (Index i = 0; i < sum.elements(); ++i) g[i] += w[i] > 0 ? pull : w[i] < 0 ? -pull : Scalar{0};
    return sum;
}

void lift_to_zero(Tensor& weight) {
    Scalar* w = weight.mutable_data();
    for (Index i = 0; i < weight.elements(); ++i)
        if (w[i] < 0) w[i] = 0;
}

}  // namespace

ParameterGroups without_norm_and_bias_decay(Module& model) {
    ParameterGroup decayed, undecayed{.weight_decay_scale = 0};
    for (NamedParameter& each : parameters(model)) {
        const bool decays = each.parameter.shape().rank() > 1 && !each.owner->is_norm();
        (decays ? decayed : undecayed).parameters.push_back(std::move(each));
    }
    return {std::move(decayed), std::move(undecayed)};
}

Optimizer::Optimizer(std::string kind, const ParameterGroups& groups, double lr, std::vector<std::string> memory_names)
    : kind_(std::move(kind)), memory_names_(std::move(memory_names)) {
    set_lr(lr);
    require_listed_once(kind_, groups);
    for (const ParameterGroup& group : groups) {
        require_not_negative(kind_, "lr_scale", group.lr_scale);
        require_not_negative(kind_, "weight_decay_scale", group.weight_decay_scale);
        require_not_negative(kind_, "weight_decay", group.weight_decay.value_or(0));
        require_not_negative(kind_, "l1", group.l1);
        for (const NamedParameter& each : group.parameters) {
            Learner learner{each.name,          each.parameter, group.lr_scale,    group.weight_decay_scale,
                            group.weight_decay, group.l1,       group.nonnegative, group.orthogonal};
            for (std::size_t i = 0; i < memory_names_.size(); ++i)
                learner.memory.push_back(Tensor::zeros(each.parameter.shape()));
            learners_.push_back(std::move(learner));
        }
    }
}

void Optimizer::step() {
    for (Learner& learner : learners_) {
        const Tensor gradient = learner.parameter.grad();
        if (!gradient.defined()) continue;
        update(learner, learner.l1 == 0 ? gradient : with_l1(gradient, learner.parameter.value(), learner.l1));
        if (learner.nonnegative) lift_to_zero(learner.parameter.mutable_value());
        learner.steps += 1;
        learner.parameter.clear_grad();
    }
}

void Optimizer::clear_gradients() {
    for (Learner& learner : learners_) learner.parameter.clear_grad();
}

void Optimizer::set_lr(double lr) {
    require_not_negative(kind_, "lr", lr);
    lr_ = lr;
}

StateDict state_dict(Optimizer& optimizer) {
    StateDict found;
    const std::vector<std::string>& names = optimizer.memory_names_;
    if (names.empty()) return found;
    for (Optimizer::Learner& learner : optimizer.learners_) {
        for (std::size_t i = 0; i < names.size(); ++i)
            found.tensors.push_back({join_names(learner.name, names[i]), &learner.memory[i]});
        found.counters.push_back({join_names(learner.name, "step"), &learner.steps});
    }
    return found;
}

}  // namespace normlab
