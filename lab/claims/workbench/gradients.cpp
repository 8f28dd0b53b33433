#include "lab/claims/workbench/gradients.h"

#include "lab/model/evaluation.h"
#include "layers/dropout.h"

namespace normlab {
namespace {

// Puts a net's gradients and dropout's place back.
class Untouched {
  public:
    explicit Untouched(Module& net) : mode_(net) {
        for (NamedParameter& each : parameters(net)) {
            gradients_.emplace_back(each.parameter, each.parameter.grad());
            each.parameter.clear_grad();
        }
        for (const NamedModule& each : modules(net))
            if (auto* dropout = dynamic_cast<Dropout*>(each.module)) steps_.emplace_back(dropout, dropout->step);
    }
    ~Untouched() {
        for (auto& [parameter, gradient] : gradients_) {
            parameter.clear_grad();
            if (gradient.defined()) parameter.set_grad(gradient);
        }
        for (const auto& [dropout, step] : steps_) dropout->step = step;
    }
    Untouched(const Untouched&) = delete;
    Untouched& operator=(const Untouched&) = delete;

  private:
    TrainMode mode_;
    std::vector<std::pair<Var, Tensor>> gradients_;
    std::vector<std::pair<Dropout*, std::uint64_t>> steps_;
};

}  // namespace

Place gradient_at(Module& net, const Objective& objective) {
    const Untouched untouched(net);
    Tape tape;
    const Var loss = objective.of(net);
    tape.backward(loss);
    return {loss.value().item(), Weights::gradient_of(net)};
}

Place gradient_at(Module& net, const Weights& weights, const Objective& objective) {
    const Weights before = Weights::of(net);
    weights.put_into(net);
    Place place = gradient_at(net, objective);
    before.put_into(net);
    return place;
}

std::vector<Probe> look_along(Module& net, const Objective& objective, const Place& here, const Weights& direction,
                              const std::vector<double>& steps) {
    const Weights weights = Weights::of(net);
    std::vector<Probe> looks;
    for (const double step : steps) {
        const Place there = gradient_at(net, weights.plus(-step, direction), objective);
        looks.push_back(
            {step, there.loss, distance(there.gradient, here.gradient), cosine(there.gradient, here.gradient)});
    }
    return looks;
}

Shift shift_of(Module& net, const Objective& objective, const Place& here, double rate, const std::string& layer) {
    const Weights weights = Weights::of(net);
    Weights moved = weights;
    const std::size_t own = weights.index_of(layer);
    const Weights stepped = weights.plus(-rate, here.gradient);
    for (std::size_t below = 0; below < own; ++below) moved.part(below) = stepped.part(below);
    const Place there = gradient_at(net, moved, objective);
    return {distance(there.gradient.part(own), here.gradient.part(own)),
            cosine(there.gradient.part(own), here.gradient.part(own))};
}

void look_below(Module& net, const Objective& objective, double rate, const std::vector<std::string>& layers,
                Numbers& found) {
    const Place here = gradient_at(net, objective);
    for (const std::string& layer : layers) {
        const Shift shift = shift_of(net, objective, here, rate, layer);
        found["cosine " + layer].push_back(std::isfinite(shift.cosine) ? shift.cosine : 0);
        found["change " + layer].push_back(shift.change);
    }
    found["still"].push_back(shift_of(net, objective, here, 0, layers[0]).change);
}

}  // namespace normlab
