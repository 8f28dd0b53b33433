#include "framework/ops/broadcast.h"

#include <algorithm>

#include "framework/support/error.h"

namespace normlab {
namespace {

// The size of an axis of (N,C,H,W), which a shape of fewer axes becomes by sizes of 1 in front. Its numbers stay where
// they are in memory.
Index size_of(const Shape& shape, int axis) {
    const int own = axis - (Shape::max_rank - shape.rank());
    return own < 0 ? 1 : shape[own];
}

// Calls visit(i, j) for each element i of `large`, in the order of memory, and the element j of `small` on which it
// falls.
template <class Visit>
void for_each_pair(const Shape& large, const Shape& small, Visit visit) {
    enum { N, C, H, W };
    const auto step = [&](int axis, Index stride) { return size_of(small, axis) == 1 ? 0 : stride; };
    const Index to_c = step(C, 1), to_w = step(W, size_of(small, C)),
                to_h = step(H, size_of(small, C) * size_of(small, W)),
                to_n = step(N, size_of(small, C) * size_of(small, W) * size_of(small, H));
    Index i = 0;
    for (Index n = 0; n < size_of(large, N); ++n)
        for (Index h = 0; h < size_of(large, H); ++h)
            for (Index w = 0; w < size_of(large, W); ++w)
                for (Index c = 0; c < size_of(large, C); ++c) visit(i++, n * to_n + h * to_h + w * to_w + c * to_c);
}

Tensor repeated(const Tensor& x, const Shape& shape, double factor = 1) {
    Tensor y(shape);
    const Scalar* in = x.data();
    Scalar* out = y.mutable_data();
    for_each_pair(shape, x.shape(), [=](Index i, Index j) { out[i] = static_cast<Scalar>(factor * in[j]); });
    return y;
}

Tensor summed(const Tensor& x, const Shape& shape, double factor = 1) {
    std::vector<double> sums(static_cast<std::size_t>(shape.elements()));
    const Scalar* in = x.data();
    for_each_pair(x.shape(), shape, [&](Index i, Index j) { sums[static_cast<std::size_t>(j)] += in[i]; });
    Tensor y(shape);
    std::ranges::transform(sums, y.mutable_data(), [=](double sum) { return static_cast<Scalar>(factor * sum); });
    return y;
}

void require_repeatable(const char* op, const Shape& small, const Shape& large) {
    require(broadcast_shape(op, small, large) == large, op, small, " cannot be repeated to ", large);
}

Var scaled_sum(const char* op, const Var& x, const Shape& shape, double factor) {
    require_repeatable(op, shape, x.shape());
    return Tape::record(
        op, summed(x.value(), shape, factor), {x},
        [factor, gx = x.gradient(), from = x.shape()](const Tensor& dy) { gx.add(repeated(dy, from, factor)); });
}

}  // namespace

Shape broadcast_shape(const char* op, const Shape& a, const Shape& b) {
    std::vector<Index> sizes;
    for (int axis = Shape::max_rank - std::max(a.rank(), b.rank()); axis < Shape::max_rank; ++axis) {
        const Index of_a = size_of(a, axis), of_b = size_of(b, axis);
        require(of_a == of_b || of_a == 1 || of_b == 1, op, "from the last axis on, sizes must be equal or 1: ", a,
                " and ", b);
        sizes.push_back(of_a == 1 ? of_b : of_a);
    }
    return Shape(std::span<const Index>(sizes));
}

Var broadcast(const Var& x, const Shape& shape) {
    if (x.shape() == shape) return x;
    require_repeatable("broadcast", x.shape(), shape);
    return Tape::record("broadcast", repeated(x.value(), shape), {x},
                        [gx = x.gradient(), from = x.shape()](const Tensor& dy) { gx.add(summed(dy, from)); });
}

Var sum_to(const Var& x, const Shape& shape) {
    return scaled_sum("sum_to", x, shape, 1);
}

Var mean_to(const Var& x, const Shape& shape) {
    require_numbers("mean_to", x.shape());
    return scaled_sum("mean_to", x, shape,
                      static_cast<double>(shape.elements()) / static_cast<double>(x.shape().elements()));
}

Var sum(const Var& x) {
    return sum_to(x, {});
}

Var mean(const Var& x) {
    return mean_to(x, {});
}

}  // namespace normlab
