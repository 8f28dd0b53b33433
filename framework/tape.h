// Autograd. While a Tape is in scope every op leaves a record on it: how to turn the gradient of its output into
// gradients of its inputs. backward() walks the records newest first. Without a Tape nothing is recorded.
//
//   Tape tape;
//   Var loss = cross_entropy(model(x), labels);
//   tape.backward(loss);                        // now every parameter that took part has its gradient
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include "framework/tensor.h"

namespace normlab {

class Module;
class Tape;

// Where the gradient of one value is gathered; a value that needs none has no Gradient, and adding is not wanted.
class Gradient {
  public:
    bool wanted() const;
    void add(Tensor dx) const;  // sums into what is there; the shape must be the value's

    // The same for an op that can add in the pass that computes dx: compute(so_far, sum) writes so_far + dx to sum, or
    // dx where so_far is null.
    void accumulate_into(const std::function<void(const Scalar* so_far, Scalar* sum)>& compute) const;

  private:
    friend class Var;
    friend class Tape;
    struct Slot;
    std::shared_ptr<Slot> slot_;
};

struct Epilogue;

// A value in a computation: a tensor and, if it depends on a parameter, the place of its gradient.
class Var {
  public:
    Var() = default;
    Var(Tensor value) : value_(std::move(value)) {}  // a constant: needs no gradient
    static Var parameter(Tensor value);              // a leaf whose gradient backward() fills

    // A value that is computed when it is asked for, or with what follows it in the same pass over memory, see
    // deferred.h. Values stay open only within a FusionScope; otherwise this is ended({}).
    // A ReLU every open value takes; whether also a residual or a scale, `takes` says.
    struct Takes {
        bool residual = false, scale = false;
    };
    static Var open(const Shape& shape, Takes takes, std::function<Var(const Epilogue&)> ended);
    bool is_open() const;
    bool takes_residual() const;
    bool takes_scale() const;
    Var ended(const Epilogue& ending) const;  // of an open value

    const Tensor& value() const { return closed().value_; }
    Tensor& mutable_value() { return value_; }  // of a parameter or constant, for an optimizer's step or loading
    const Shape& shape() const { return open_ != nullptr ? open_shape() : value_.shape(); }
    bool defined() const { return open_ != nullptr || value_.defined(); }

    const Gradient& gradient() const { return closed().gradient_; }
    bool needs_gradient() const { return gradient().wanted(); }
    void set_needs_gradient(bool needed);  // of a parameter: switches learning off and on
    Tensor grad() const;                   // undefined until backward() has reached this parameter
    void set_grad(Tensor grad);            // of a parameter
    void clear_grad();

  private:
    friend class Tape;
    struct Open;
    const Var& closed() const { return open_ == nullptr ? *this : close(); }
    const Var& close() const;
    const Shape& open_shape() const;

    Tensor value_;
    Gradient gradient_;
    std::shared_ptr<Open> open_;  // shared by the copies of an open value, which is computed once
};

// A tensor that backward will read. Between the two nobody may write to it.
class Saved {
  public:
    Saved(const Tensor& tensor) : tensor_(tensor), version_(tensor.version()) {}
    const Tensor& get(const char* op) const;
    const Scalar* data(const char* op) const { return get(op).data(); }

  private:
    Tensor tensor_;
    std::uint64_t version_;
};

class Tape {
  public:
    using Backward = std::function<void(const Tensor& dy)>;

    Tape();  // begins to record on this thread; a tape made later takes over until it ends
    ~Tape();
    Tape(const Tape&) = delete;
    Tape& operator=(const Tape&) = delete;

    // Fills the gradients of all parameters that `loss`, one number, depends on. Records and the tensors they saved are
    // let go on the way, so a tape is walked once.
    void backward(const Var& loss);
    void backward(const Var& y, const Tensor& dy);  // from any value, given the gradient with respect to it

    std::size_t size() const { return records_.size(); }
    static bool recording();  // is one in scope?

    // What each op ends with: `y` as a Var, and `backward` on the tape if a tape is in scope and an input needs it.
    static Var record(const char* op, Tensor y, std::initializer_list<Var> inputs, Backward backward) {
        return record(op, std::move(y), std::span(inputs.begin(), inputs.size()), std::move(backward));
    }
    static Var record(const char* op, Tensor y, std::span<const Var> inputs, Backward backward);

  private:
    struct Record {
        std::shared_ptr<Gradient::Slot> output;
        Backward backward;
        const Module* module;  // that was at work
    };
    void release();

    std::vector<Record> records_;
    Tape* outer_;
};

}  // namespace normlab
