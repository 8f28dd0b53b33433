// Autograd. While a Tape is in scope every op leaves a record on it: how to turn the gradient of its output into
// gradients of its inputs. backward() walks the records newest first. Without a Tape nothing is recorded.
//
//   Tape tape;
//   Var loss = cross_entropy(model(x), labels);
//   tape.backward(loss);                        // now every parameter that took part has its gradient
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "framework/tensor.h"

namespace normlab {

class Module;
class Tape;
struct Deferred;

// The place of one value's gradient. A constant's is not wanted, and adding to it does nothing.
class Gradient {
  public:
    bool wanted() const { return slot_ != nullptr && slot_->wanted; }
    void add(Tensor dx) const;                                       // dx has the value's shape
    Tensor sum() const { return wanted() ? slot_->sum : Tensor(); }  // undefined if nothing was added
    void set_sum(Tensor sum) const;
    bool operator==(const Gradient&) const = default;  // whether it is the same place
    bool reported() const { return slot_ != nullptr && slot_->reported; }
    void set_reported() const;
    const Shape& shape() const { return slot_->shape; }  // of a value that has a gradient

  private:
    friend class Var;
    friend class Tape;
    struct Slot {
        Shape shape;
        Tensor sum = {};
        bool wanted = true;          // a frozen parameter's is not
        bool recorded = false;       // made by an op; a parameter's is not
        bool reported = false;       // a module has listed it among its members
        const Tape* tape = nullptr;  // where it is recorded; null once the tape was walked or has ended
    };
    std::shared_ptr<Slot> slot_;
};

// A value in a computation: a tensor and, if it depends on a parameter, the place of its gradient.
class Var {
  public:
    Var() = default;
    Var(Tensor value) : value_(std::move(value)) {}  // a constant: needs no gradient
    Var(double number) : Var(Tensor::full({}, static_cast<Scalar>(number))) {}
    static Var parameter(Tensor value);  // a leaf whose gradient backward() fills

    const Tensor& value() const { return computed().value_; }
    Tensor& mutable_value() { return value_; }  // of a parameter or constant, for an optimizer's step or loading
    const Shape& shape() const;
    bool defined() const { return deferred_ != nullptr || value_.defined(); }

    const Gradient& gradient() const { return computed().gradient_; }
    bool needs_gradient() const { return gradient().wanted(); }
    void set_needs_gradient(bool needed);             // of a parameter: switches learning off and on
    Tensor grad() const { return gradient().sum(); }  // undefined until backward() has reached this parameter
    void set_grad(const Tensor& grad) { clear_grad(), gradient_.add(grad.clone()); }  // of a parameter
    void clear_grad() { gradient_.set_sum({}); }

  private:
    friend class Tape;
    friend struct Deferred;
    const Var& computed() const;

    Tensor value_;
    Gradient gradient_;
    std::shared_ptr<Deferred> deferred_;  // set if the value may be computed later, see deferred.h
};

std::ostream& operator<<(std::ostream& out, const Var& x);  // as its tensor

class Tape {
  public:
    using Backward = std::function<void(const Tensor& dy)>;
    using Completed = std::function<void(const Gradient& of_parameter)>;

    Tape();  // begins to record on this thread; a tape made later takes over until it ends
    ~Tape();
    Tape(const Tape&) = delete;
    Tape& operator=(const Tape&) = delete;

    // Fills the gradients of all parameters that `loss`, one number, depends on. Records and the tensors they saved are
    // released on the way, so a tape is walked once.
    void backward(const Var& loss);
    // From any value, given the gradient with respect to it. `completed` is called for each parameter as soon as
    // nothing more will be added to its gradient.
    void backward(const Var& y, const Tensor& dy, const Completed& completed = {});

    std::size_t size() const { return records_.size(); }
    static Tape* recording() { return in_scope_.empty() ? nullptr : in_scope_.back().tape; }  // null: nothing records

    // What each op ends with: `y` as a Var, and `backward` on the tape if a tape is in scope and an input needs it.
    static Var record(const char* op, Tensor y, const std::vector<Var>& inputs, Backward backward);

    // Which parameters the records from number `first` on use, and in which module's call.
    using Used = std::function<void(const Gradient& of_parameter, const Module* in)>;
    void for_each_parameter(std::size_t first, const Used& used) const;

  private:
    struct Record {
        std::shared_ptr<Gradient::Slot> output;
        std::vector<Gradient> parameters;  // among its inputs
        Backward backward;
        const Module* module;  // that was called
    };
    std::vector<Record> records_;

    friend class NoGrad;
    struct Scope {
        const void* owner;
        Tape* tape;
    };
    static void begin_scope(const void* owner, Tape* tape) { in_scope_.push_back({owner, tape}); }
    static void end_scope(const void* owner);
    static inline thread_local std::vector<Scope> in_scope_;  // the newest last; they may end in any order
};

// While one is in scope nothing is recorded on this thread, whatever tapes are around it: what is computed is a
// constant. A tape that is made within records as usual. (The constant that a single Var holds is its value().)
class NoGrad {
  public:
    NoGrad() { Tape::begin_scope(this, nullptr); }
    ~NoGrad() { Tape::end_scope(this); }
    NoGrad(const NoGrad&) = delete;
    NoGrad& operator=(const NoGrad&) = delete;
};

}  // namespace normlab
