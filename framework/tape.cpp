#include "framework/tape.h"

#include <algorithm>
#include <utility>

#include "framework/kernels/kernels.h"
#include "framework/module_scope.h"
#include "framework/support/error.h"

namespace normlab {

struct Gradient::Slot {
    Shape shape;
    Tensor grad;
    bool wanted = true;          // a frozen parameter's is not
    bool recorded = false;       // made by an op; a parameter's is not
    const Tape* tape = nullptr;  // where it is recorded; none once the tape was walked or has ended
};

namespace {
thread_local Tape* current = nullptr;
}

bool Gradient::wanted() const {
    return slot_ != nullptr && slot_->wanted;
}

void Gradient::add(Tensor dx) const {
    if (!wanted()) return;
    require(dx.shape() == slot_->shape, "backward", "a gradient of shape ", dx.shape(),
            " was added to a value of shape ", slot_->shape);
    Tensor& grad = slot_->grad;
    if (!grad.defined()) {
        grad = std::move(dx);
    } else if (grad.shared()) {  // another gradient is the same tensor: it must not see the sum
        Tensor sum(grad.shape());
        kernels().add(sum.elements(), grad.data(), dx.data(), sum.mutable_data());
        grad = std::move(sum);
    } else {
        kernels().accumulate(dx.elements(), dx.data(), grad.mutable_data());
    }
}

void Gradient::accumulate_into(const std::function<void(const Scalar* so_far, Scalar* sum)>& compute) const {
    if (!wanted()) return;
    Tensor& grad = slot_->grad;
    Tensor sum(slot_->shape);
    compute(grad.defined() ? grad.data() : nullptr, sum.mutable_data());
    grad = std::move(sum);
}

Var Var::parameter(Tensor value) {
    Var leaf(std::move(value));
    leaf.gradient_.slot_ = std::make_shared<Gradient::Slot>();
    leaf.gradient_.slot_->shape = leaf.shape();
    return leaf;
}

void Var::set_needs_gradient(bool needed) {
    require(gradient_.slot_ != nullptr && !gradient_.slot_->recorded, "parameter",
            "only a parameter's gradient can be switched off or on");
    gradient_.slot_->wanted = needed;
    if (!needed) clear_grad();
}

Tensor Var::grad() const {
    return gradient().slot_ == nullptr ? Tensor() : gradient().slot_->grad;
}

void Var::set_grad(Tensor grad) {
    clear_grad();
    gradient_.add(std::move(grad));
}

void Var::clear_grad() {
    if (gradient_.slot_ != nullptr) gradient_.slot_->grad = Tensor();
}

const Tensor& Saved::get(const char* op) const {
    require(tensor_.version() == version_, op, "a value of shape ", tensor_.shape(),
            " that backward needs was changed in place after the forward pass (version ", tensor_.version(),
            ", saved at ", version_, "); walk the tape before changing it");
    return tensor_;
}

Tape::Tape() : outer_(std::exchange(current, this)) {}

Tape::~Tape() {
    release();
    current = outer_;
}

bool Tape::recording() {
    return current != nullptr;
}

void Tape::release() {
    for (const Record& record : records_) record.output->tape = nullptr;
    records_.clear();
}

Var Tape::record(const char* op, Tensor y, std::span<const Var> inputs, Backward backward) {
    Var output(std::move(y));
    if (current == nullptr || std::ranges::none_of(inputs, &Var::needs_gradient)) return output;
    for (const Var& input : inputs) {
        const Gradient::Slot* slot = input.gradient().slot_.get();
        if (slot == nullptr || !slot->recorded) continue;
        require(slot->tape != nullptr, op, "input ", input.shape(),
                " was recorded on a tape that was walked or has ended; its gradient would be lost");
        require(slot->tape == current, op, "input ", input.shape(), " was recorded on another tape");
    }
    output.gradient_.slot_ = std::make_shared<Gradient::Slot>();
    Gradient::Slot& slot = *output.gradient_.slot_;
    slot.shape = output.shape();
    slot.recorded = true;
    slot.tape = current;
    current->records_.push_back({output.gradient_.slot_, std::move(backward), ModuleScope::current()});
    return output;
}

void Tape::backward(const Var& loss) {
    require(loss.defined() && loss.value().elements() == 1, "backward", "the loss must be one number, its shape is ",
            loss.shape(), "; give the gradient of anything else");
    backward(loss, Tensor::full(loss.shape(), 1));
}

void Tape::backward(const Var& y, const Tensor& dy) {
    const Gradient::Slot* slot = y.gradient().slot_.get();
    require(slot != nullptr, "backward",
            "the value depends on no parameter that needs a gradient, or was computed "
            "without a tape in scope");
    require(slot->tape == this, "backward",
            slot->tape == nullptr ? "the tape was walked already and has let its records go; compute the value again"
                                  : "the value was recorded on another tape");
    y.gradient().add(dy);
    while (!records_.empty()) {
        const Record record = std::move(records_.back());
        records_.pop_back();
        record.output->tape = nullptr;
        const Tensor gradient = std::exchange(record.output->grad, Tensor());
        const ModuleScope scope(record.module);
        if (gradient.defined()) record.backward(gradient);
    }
}

}  // namespace normlab
