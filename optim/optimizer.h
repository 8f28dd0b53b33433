// An optimizer changes parameters along their gradients. What all of them share is here: which parameters, how fast,
// and what is remembered of each from one step to the next.
//
//   SGD sgd(parameters(model), {.lr = 0.1, .momentum = 0.9});
//   for (...) {
//       Tape tape;
//       tape.backward(cross_entropy(model(x), labels));
//       sgd.step();  // changes the parameters and drops their gradients
//   }
//
// Gradients add up until step(): several passes before one step train with the sum of their gradients. For the mean,
// which a large batch would give, scale each loss by 1/passes.
// A parameter that got no gradient, because it is frozen or took no part, keeps its value and what is remembered of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/state.h"

namespace normlab {

// Parameters that learn at lr_scale · lr and decay by weight_decay_scale · weight_decay, or by a weight_decay of their
// own. Whatever the optimizer,
//   l1 adds l1·sign(w) to the gradient before the step, where sign(0) = 0: a subgradient of l1·Σ|w|
//   nonnegative parameters that a step takes below 0 are put to 0
// Together the two make parameters exactly 0; l1 alone leaves them about lr·l1 away from it.
//   orthogonal steps are SGD's alone: see sgd.h
struct ParameterGroup {
    std::vector<NamedParameter> parameters;
    double lr_scale = 1;
    double weight_decay_scale = 1;
    std::optional<double> weight_decay = {};
    double l1 = 0;
    bool nonnegative = false;
    bool orthogonal = false;
};

struct ParameterGroups : std::vector<ParameterGroup> {
    using std::vector<ParameterGroup>::vector;
    ParameterGroups(std::vector<NamedParameter> all) : ParameterGroups({ParameterGroup{std::move(all)}}) {}
};

// Two groups: the weights of convolutions and linear layers, which decay, and the rest, which does not: parameters of
// rank 1 (biases) and those of layers that normalize. A norm's γ and β and a bias are few, and decay only pulls
// them away from the scale and the offset that the data asks for.
ParameterGroups without_norm_and_bias_decay(Module& model);

class Optimizer {
  public:
    virtual ~Optimizer() = default;
    Optimizer(Optimizer&&) = default;
    Optimizer& operator=(Optimizer&&) = default;

    void step();
    void clear_gradients();  // without a step
    double lr() const { return lr_; }
    void set_lr(double lr);

  protected:
    struct Learner {
        std::string name;
        Var parameter;
        double lr_scale, weight_decay_scale;
        std::optional<double> own_weight_decay;
        double l1;
        bool nonnegative;
        bool orthogonal;
        std::int64_t steps = 0;      // taken so far
        std::vector<Tensor> memory;  // one for each name in `memory_names`, of the parameter's shape, zero at first

        double weight_decay(double common) const { return own_weight_decay.value_or(common * weight_decay_scale); }
    };
    // `kind` begins its errors.
    Optimizer(std::string kind, const ParameterGroups& groups, double lr, std::vector<std::string> memory_names);
    virtual void update(Learner& learner, const Tensor& gradient) = 0;

  private:
    friend StateDict state_dict(Optimizer& optimizer);
    std::string kind_;
    double lr_ = 0;
    std::vector<std::string> memory_names_;
    std::vector<Learner> learners_;
};

// What a resumed optimizer needs to go on bit for bit, named after the parameters: "conv1.weight.momentum",
// "conv1.weight.step". The options, the learning rate among them, are not part of it.
StateDict state_dict(Optimizer& optimizer);
inline State state_of(Optimizer& optimizer) {
    return state_of(state_dict(optimizer));
}
inline void load_state(Optimizer& optimizer, const State& state) {
    load_state(state_dict(optimizer), state);
}

}  // namespace normlab
