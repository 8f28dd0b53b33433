// A tensor: a shape over shared storage.
//
// A shape is (N,C,H,W) as in PyTorch; the numbers are in the order N,H,W,C ("channels last"), so that the channels of
// one pixel are neighbours in memory. The rule covers every rank: of the last three axes the channels come last.
//   (N,C,H,W) as n h w c      (C,H,W) as h w c      (N,C) and (C) as they are written
// values() and Tensor::of() speak PyTorch's order; data() is the memory. docs/channels_last.md has the picture.
//
// Copying a Tensor shares the storage, clone() copies the numbers. Each write access increments the storage's version,
// by which Saved notices that a value that backward needs was changed in place, and drops what was derived from the
// numbers. So a pointer to write through is asked for anew after each use of the tensor.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <vector>

#include "framework/support/scalar.h"
#include "framework/support/shape.h"

namespace normlab {

// Base of what is computed from a tensor's numbers and kept beside them.
struct Derived {
    virtual ~Derived() = default;
};

class Tensor {
  public:
    Tensor() = default;                   // holds nothing: defined() is false
    explicit Tensor(const Shape& shape);  // numbers undefined

    static Tensor zeros(const Shape& shape) { return full(shape, 0); }
    static Tensor full(const Shape& shape, Scalar value);
    static Tensor of(const Shape& shape, const std::vector<Scalar>& values);  // values in PyTorch's order
    static Tensor randn(const Shape& shape, std::uint64_t seed);              // normal, of mean 0 and variance 1

    bool defined() const { return storage_ != nullptr; }
    const Shape& shape() const { return shape_; }
    Index elements() const { return shape_.elements(); }

    const Scalar* data() const;
    Scalar* mutable_data();  // increments the version, drops derived()
    std::uint64_t version() const;
    bool shared() const { return storage_.use_count() > 1; }  // whether another Tensor has the same storage

    std::shared_ptr<const Derived> derived() const;  // null since the last write access until it is kept
    void keep_derived(std::shared_ptr<const Derived> derived) const;

    Scalar item() const;                 // the number of a tensor that has one element
    std::vector<Scalar> values() const;  // a copy in PyTorch's order
    Tensor clone() const;
    Tensor viewed_as(const Shape& shape) const;  // the same memory under another shape
    void copy_from(const Tensor& source);        // overwrites the numbers, keeps the storage

  private:
    struct Storage;
    Shape shape_;
    std::shared_ptr<Storage> storage_;
};

// Its shape and its numbers, of a long axis the first and the last three.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

// A tensor that backward will read. Until then it must not be written to.
class Saved {
  public:
    Saved(const Tensor& tensor) : tensor_(tensor), version_(tensor.version()) {}
    const Tensor& get(const char* op) const;
    const Scalar* data(const char* op) const { return get(op).data(); }

  private:
    Tensor tensor_;
    std::uint64_t version_;
};

}  // namespace normlab
