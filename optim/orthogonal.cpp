#include "optim/orthogonal.h"

#include <cmath>

#include "framework/kernels/kernels.h"
#include "optim/clip.h"

namespace normlab {
namespace {

constexpr int kRounds = 5;
constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;

struct Matrix {
    Index rows, columns;
    Tensor values;
};

// X·Yᵀ, as a 1x1 convolution: the rows of X are pixels, those of Y are kernels.
Matrix times_transposed(const Matrix& x, const Matrix& y) {
    Matrix product{x.rows, y.rows, Tensor({x.rows, y.rows})};
    const ConvShape shape{.C = x.columns, .W = x.rows, .K = y.rows, .Q = x.rows};
    kernels().conv2d(shape, x.values.data(), y.values.data(), nullptr, {}, product.values.mutable_data());
    return product;
}

Matrix transposed(const Matrix& x) {
    Matrix flipped{x.columns, x.rows, Tensor({x.columns, x.rows})};
    kernels().to_channels_first(1, x.columns, x.rows, x.values.data(), flipped.values.mutable_data());
    return flipped;
}

// X / ‖X‖
Matrix normalized(const Matrix& x) {
    const double squares = sum_of_squares(x.values);
    if (squares == 0) return x;
    Matrix unit{x.rows, x.columns, Tensor(x.values.shape())};
    kernels().scale(x.values.elements(), static_cast<Scalar>(1 / std::sqrt(squares)), x.values.data(),
                    unit.values.mutable_data());
    return unit;
}

// a·I + b·A + c·A², where A is symmetric
Matrix polynomial(const Matrix& a) {
    Matrix sum = times_transposed(a, a);
    Scalar* to = sum.values.mutable_data();
    const Scalar* from = a.values.data();
    for (Index i = 0; i < sum.values.elements(); ++i)
        to[i] = static_cast<Scalar>(kB) * from[i] + static_cast<Scalar>(kC) * to[i];
    for (Index i = 0; i < sum.rows; ++i) to[i * sum.rows + i] += static_cast<Scalar>(kA);
    return sum;
}

}  // namespace

Tensor orthogonalized(const Tensor& step) {
    const Index rows = step.shape()[0], columns = step.elements() / rows;
    const bool tall = rows > columns;  // then its transpose, with the smaller A
    Matrix x = normalized({rows, columns, step});
    if (tall) x = transposed(x);
    for (int round = 0; round < kRounds; ++round)
        x = times_transposed(polynomial(times_transposed(x, x)), transposed(x));
    return (tall ? transposed(x) : x).values.viewed_as(step.shape());
}

}  // namespace normlab
