#include "framework/tensor.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "framework/kernels/kernels.h"
#include "framework/support/error.h"
#include "framework/support/pool.h"
#include "framework/support/random.h"

namespace normlab {

struct Tensor::Storage {
    explicit Storage(std::size_t bytes) : block(bytes) {}
    Memory block;
    std::uint64_t version = 0;
    std::mutex mutex;  // threads that only read the numbers may derive the same from them
    std::shared_ptr<const Derived> derived;
};

Tensor::Tensor(const Shape& shape)
    : shape_(shape),
      storage_(std::make_shared<Storage>(std::max<std::size_t>(1, static_cast<std::size_t>(shape.elements())) *
                                         sizeof(Scalar))) {}

Tensor Tensor::full(const Shape& shape, Scalar value) {
    Tensor tensor(shape);
    std::fill_n(tensor.mutable_data(), tensor.elements(), value);
    return tensor;
}

Tensor Tensor::of(const Shape& shape, const std::vector<Scalar>& values) {
    require(shape.elements() == static_cast<Index>(values.size()), "tensor", "shape ", shape, " holds ",
            shape.elements(), " numbers, got ", values.size());
    Tensor tensor(shape);
    const Images image = as_images(shape);
    kernels().to_channels_last(image.N, image.C, image.pixels(), values.data(), tensor.mutable_data());
    return tensor;
}

Tensor Tensor::randn(const Shape& shape, std::uint64_t seed) {
    const RandomStream stream = stream_named(seed, "randn");
    std::vector<Scalar> values(static_cast<std::size_t>(shape.elements()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Scalar>(random_normal(stream, 0, i));
    return of(shape, values);
}

const Scalar* Tensor::data() const {
    require(defined(), "tensor", "an empty tensor has no data");
    return storage_->block.as<Scalar>();
}

Scalar* Tensor::mutable_data() {
    require(defined(), "tensor", "an empty tensor has no data");
    storage_->version += 1;
    keep_derived(nullptr);
    return storage_->block.as<Scalar>();
}

std::uint64_t Tensor::version() const {
    return defined() ? storage_->version : 0;
}

std::shared_ptr<const Derived> Tensor::derived() const {
    const std::lock_guard lock(storage_->mutex);
    return storage_->derived;
}

void Tensor::keep_derived(std::shared_ptr<const Derived> derived) const {
    const std::lock_guard lock(storage_->mutex);
    storage_->derived = std::move(derived);
}

Scalar Tensor::item() const {
    require(defined() && elements() == 1, "tensor", "item() needs a tensor of one element, shape is ", shape_);
    return *data();
}

std::vector<Scalar> Tensor::values() const {
    std::vector<Scalar> values(static_cast<std::size_t>(elements()));
    const Images image = as_images(shape_);
    kernels().to_channels_first(image.N, image.C, image.pixels(), data(), values.data());
    return values;
}

Tensor Tensor::clone() const {
    Tensor copy(shape_);
    copy.copy_from(*this);
    return copy;
}

Tensor Tensor::viewed_as(const Shape& shape) const {
    require(shape.elements() == elements(), "tensor", "cannot view ", shape_, " as ", shape,
            ": the number of elements differs");
    Tensor view = *this;
    view.shape_ = shape;
    return view;
}

void Tensor::copy_from(const Tensor& source) {
    require(source.shape_ == shape_, "tensor", "cannot copy ", source.shape_, " into ", shape_);
    std::copy_n(source.data(), elements(), mutable_data());
}

const Tensor& Saved::get(const char* op) const {
    require(tensor_.version() == version_, op, "a value of shape ", tensor_.shape(),
            " that backward needs was changed in place after the forward pass (version ", tensor_.version(),
            ", saved at ", version_, "); walk the tape before changing it");
    return tensor_;
}

}  // namespace normlab
