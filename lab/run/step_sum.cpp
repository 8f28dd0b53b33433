#include "lab/run/step_sum.h"

#include <algorithm>

namespace normlab {

StepSum::StepSum(Module& model, const std::vector<NamedParameter>& parameters, Collective& ranks)
    : parameters_(parameters), ranks_(ranks) {
    for (const auto& [name, module] : modules(model))
        if (RunningStatistics* running = running_statistics(*module)) running_.push_back(running);
}

template <class Visit>
void StepSum::each(const Visit& visit) {
    for (const NamedParameter& each : parameters_)
        if (Tensor gradient = each.parameter.grad(); gradient.defined()) visit(gradient, true);
    for (RunningStatistics* running : running_)
        for (Tensor* tensor : {&running->mean, &running->variance}) visit(*tensor, false);
}

void StepSum::add_up() {
    if (ranks_.size() == 1) return;
    Index count = 0;
    each([&](Tensor& x, bool) { count += x.elements(); });
    Tensor message({count});
    Scalar* at = message.mutable_data();
    each([&](Tensor& x, bool all) {
        if (all || ranks_.rank() == 0)
            std::copy_n(x.data(), x.elements(), at);
        else
            std::fill_n(at, x.elements(), Scalar{0});
        at += x.elements();
    });
    ranks_.sum({message.mutable_data(), static_cast<std::size_t>(count)});
    const Scalar* sum = message.data();
    each([&](Tensor& x, bool) {
        std::copy_n(sum, x.elements(), x.mutable_data());
        sum += x.elements();
    });
}

}  // namespace normlab
