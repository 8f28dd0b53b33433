#include "framework/tape.h"

#include <algorithm>
#include <map>
#include <utility>

#include "framework/kernels/kernels.h"
#include "framework/module_scope.h"
#include "framework/support/error.h"

namespace normlab {

void Gradient::set_sum(Tensor sum) const {
    if (slot_ != nullptr) slot_->sum = std::move(sum);
}

void Gradient::set_reported() const {
    if (slot_ != nullptr) slot_->reported = true;
}

void Gradient::add(Tensor dx) const {
    if (!wanted()) return;
    require(dx.shape() == slot_->shape, "backward", "a gradient of shape ", dx.shape(),
            " was added to a value of shape ", slot_->shape);
    Tensor& sum = slot_->sum;
    if (!sum.defined()) {
        sum = std::move(dx);
    } else if (sum.shared()) {  // another gradient is the same tensor and must not change
        Tensor fresh(sum.shape());
        kernels().add(fresh.elements(), sum.data(), dx.data(), fresh.mutable_data());
        sum = std::move(fresh);
    } else {
        kernels().accumulate(dx.elements(), dx.data(), sum.mutable_data());
    }
}

Var Var::parameter(Tensor value) {
    Var leaf(std::move(value));
    leaf.gradient_.slot_ = std::make_shared<Gradient::Slot>(Gradient::Slot{.shape = leaf.shape()});
    return leaf;
}

void Var::set_needs_gradient(bool needed) {
    require(gradient_.slot_ != nullptr && !gradient_.slot_->recorded, "parameter",
            "only a parameter's gradient can be switched off or on");
    gradient_.slot_->wanted = needed;
    if (!needed) clear_grad();
}

Tape::Tape() {
    begin_scope(this, this);
}

Tape::~Tape() {
    for (const Record& record : records_) record.output->tape = nullptr;
    end_scope(this);
}

void Tape::end_scope(const void* owner) {
    std::erase_if(in_scope_, [owner](const Scope& scope) { return scope.owner == owner; });
}

Var Tape::record(const char* op, Tensor y, const std::vector<Var>& inputs, Backward backward) {
    Var output(std::move(y));
    Tape* const tape = recording();
    if (tape == nullptr || std::ranges::none_of(inputs, &Var::needs_gradient)) return output;
    std::vector<Gradient> parameters;
    for (const Var& input : inputs) {
        const Gradient::Slot* slot = input.gradient().slot_.get();
        if (slot == nullptr) continue;
        if (!slot->recorded) {
            parameters.push_back(input.gradient());
            continue;
        }
        require(slot->tape != nullptr, op, "input ", input.shape(),
                " was recorded on a tape that was walked or has ended; its gradient would be lost");
        require(slot->tape == tape, op, "input ", input.shape(), " was recorded on another tape");
    }
    output.gradient_.slot_ =
        std::make_shared<Gradient::Slot>(Gradient::Slot{.shape = output.shape(), .recorded = true, .tape = tape});
    tape->records_.push_back(
        {output.gradient_.slot_, std::move(parameters), std::move(backward), ModuleScope::current()});
    return output;
}

void Tape::backward(const Var& loss) {
    require(loss.defined() && loss.value().elements() == 1, "backward", "the loss must be one number, its shape is ",
            loss.shape(), "; give the gradient of anything else");
    backward(loss, Tensor::full(loss.shape(), 1));
}

void Tape::backward(const Var& y, const Tensor& dy, const Completed& completed) {
    const Gradient::Slot* slot = y.gradient().slot_.get();
    require(slot != nullptr, "backward",
            "the value depends on no parameter that needs a gradient, or was computed without a tape in scope");
    require(slot->tape == this, "backward",
            slot->tape == nullptr ? "the tape was walked already and has released its records; compute the value again"
                                  : "the value was recorded on another tape");
    y.gradient().add(dy.clone());               // which the caller may change afterwards
    std::map<const Gradient::Slot*, int> uses;  // of each parameter, that are still to come
    if (completed)
        for_each_parameter(0, [&](const Gradient& parameter, const Module*) { ++uses[parameter.slot_.get()]; });
    while (!records_.empty()) {
        const Record record = std::move(records_.back());
        records_.pop_back();
        record.output->tape = nullptr;
        const Tensor gradient = std::exchange(record.output->sum, Tensor());
        const ModuleScope scope(record.module);
        if (gradient.defined()) record.backward(gradient);
        if (!completed) continue;
        for (const Gradient& parameter : record.parameters)
            if (--uses[parameter.slot_.get()] == 0) completed(parameter);
    }
}

void Tape::for_each_parameter(std::size_t first, const Used& used) const {
    for (std::size_t i = first; i < records_.size(); ++i)
        for (const Gradient& parameter : records_[i].parameters) used(parameter, records_[i].module);
}

}  // namespace normlab
