#include "lab/run/step_sum.h"

#include <algorithm>
#include <exception>

namespace normlab {

constexpr std::size_t kTogether = 1 << 18;  // numbers that travel together, or more

StepSum::StepSum(Module& model, const std::vector<NamedParameter>& parameters, Collective& ranks)
    : parameters_(parameters), ranks_(ranks) {
    for (const auto& [name, module] : modules(model))
        if (RunningStatistics* running = running_statistics(*module)) running_.push_back(running);
    if (ranks.size() == 1) return;
    Index most = 0;
    for (const NamedParameter& each : parameters) most += each.parameter.value().elements();
    for (const RunningStatistics* running : running_) most += running->mean.elements() + running->variance.elements();
    message_.resize(static_cast<std::size_t>(most));
}

// What goes wrong with sums that nobody will look at is not worth an error: the step's own is on its way.
StepSum::~StepSum() {
    try {
        ranks_.end_sums();
    } catch (const std::exception&) {
        return;
    }
}

void StepSum::complete(const Gradient& gradient) {
    if (ranks_.size() == 1 || !gradient.sum().defined()) return;
    told_.push_back(gradient);
    append(gradient.sum(), true);
    if (end_ - sent_ >= kTogether) send();
}

void StepSum::add_up() {
    if (ranks_.size() == 1) return;
    for (const NamedParameter& each : parameters_)
        if (std::ranges::find(told_, each.parameter.gradient()) == told_.end()) complete(each.parameter.gradient());
    for (RunningStatistics* running : running_)
        for (const Tensor& numbers : {running->mean, running->variance}) append(numbers, ranks_.rank() == 0);
    send();
    ranks_.end_sums();
    const Scalar* sum = message_.data();
    for (Tensor& part : parts_) {
        std::copy_n(sum, part.elements(), part.mutable_data());
        sum += part.elements();
    }
    told_.clear(), parts_.clear();
    end_ = sent_ = 0;
}

void StepSum::append(const Tensor& numbers, bool counts) {
    Scalar* to = message_.data() + end_;
    if (counts)
        std::copy_n(numbers.data(), numbers.elements(), to);
    else
        std::fill_n(to, numbers.elements(), Scalar{0});
    end_ += static_cast<std::size_t>(numbers.elements());
    parts_.push_back(numbers);
}

void StepSum::send() {
    if (end_ == sent_) return;
    ranks_.begin_sum(std::span(message_).subspan(sent_, end_ - sent_));
    sent_ = end_;
}

}  // namespace normlab
