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

#include <string>
#include <vector>

#include "framework/state.h"

namespace normlab {

// Parameters that learn at lr_scale · lr and decay by weight_decay_scale · weight_decay.
struct ParameterGroup {
    std::vector<NamedParameter> parameters;
    double lr_scale = 1;
    double weight_decay_scale = 1;
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
        std::int64_t steps = 0;      // taken so far
        std::vector<Tensor> memory;  // one for each name in `memory_names`, of the parameter's shape, zero at first
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
