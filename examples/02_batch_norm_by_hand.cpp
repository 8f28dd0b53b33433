// A batch norm written by its formulas in plain loops, forward and backward, and checked against BatchNorm2d.
//   forward   μ = mean x,  v = mean (x − μ)²,  x̂ = (x − μ)/√(v + ε),  y = γ x̂ + β      over batch and pixels
//   backward  dβ = Σ dy,  dγ = Σ dy x̂,  dx = γ/√(v + ε) · (dy − mean dy − x̂ mean(dy x̂))
#include <cmath>
#include <cstdio>

#include "normlab/framework/support/random.h"
#include "normlab/layers/batch_norm2d.h"

using namespace normlab;

namespace {

constexpr Index C = 3, rows = 8 * 5 * 5;  // a batch of 8 images of 5x5 pixels: in memory 200 rows of 3 channels

struct ByHand {
    Tensor y{{8, C, 5, 5}}, dx{{8, C, 5, 5}}, dgamma{{C}}, dbeta{{C}};

    ByHand(const Scalar* x, const Scalar* gamma, const Scalar* beta, const Scalar* dy, double eps) {
        for (Index c = 0; c < C; ++c) {
            const auto mean = [c](auto value) {
                double sum = 0;
                for (Index i = c; i < rows * C; i += C) sum += value(i);
                return sum / rows;
            };
            const double mu = mean([&](Index i) { return x[i]; });
            const double v = mean([&](Index i) { return (x[i] - mu) * (x[i] - mu); });
            const auto normalized = [&](Index i) { return (x[i] - mu) / std::sqrt(v + eps); };
            const double mean_dy = mean([&](Index i) { return dy[i]; });
            const double mean_dy_x = mean([&](Index i) { return dy[i] * normalized(i); });
            for (Index i = c; i < rows * C; i += C) {
                y.mutable_data()[i] = static_cast<Scalar>(gamma[c] * normalized(i) + beta[c]);
                dx.mutable_data()[i] =
                    static_cast<Scalar>(gamma[c] / std::sqrt(v + eps) * (dy[i] - mean_dy - normalized(i) * mean_dy_x));
            }
            dbeta.mutable_data()[c] = static_cast<Scalar>(rows * mean_dy);
            dgamma.mutable_data()[c] = static_cast<Scalar>(rows * mean_dy_x);
        }
    }
};

Tensor random_tensor(const Shape& shape, std::uint64_t seed, double mean) {
    Tensor tensor(shape);
    Scalar* out = tensor.mutable_data();
    for (Index i = 0; i < tensor.elements(); ++i)
        out[i] = static_cast<Scalar>(mean + random_normal({seed, 0}, 0, static_cast<std::uint64_t>(i)));
    return tensor;
}

bool agree(const char* what, const Tensor& ours, const Tensor& by_hand) {
    double largest = 0;
    for (Index i = 0; i < ours.elements(); ++i)
        largest = std::fmax(largest, std::abs(double{ours.data()[i]} - double{by_hand.data()[i]}));
    std::printf("%-7s largest difference %.1e\n", what, largest);
    return largest < 1e-4;
}

}  // namespace

int main() {
    BatchNorm2d bn({.num_features = C});
    bn.weight.mutable_value().copy_from(random_tensor({C}, 1, 1));
    bn.bias.mutable_value().copy_from(random_tensor({C}, 2, 0));
    const Var x = Var::parameter(random_tensor({8, C, 5, 5}, 3, 4));
    const Tensor dy = random_tensor({8, C, 5, 5}, 4, 0);

    Tape tape;
    const Var y = bn(x);
    tape.backward(y, dy);

    const ByHand hand(x.value().data(), bn.weight.value().data(), bn.bias.value().data(), dy.data(), bn.options.eps);
    const bool forward = agree("y", y.value(), hand.y), backward = agree("dx", x.grad(), hand.dx);
    const bool gamma = agree("dgamma", bn.weight.grad(), hand.dgamma),
               beta = agree("dbeta", bn.bias.grad(), hand.dbeta);
    return forward && backward && gamma && beta ? 0 : 1;
}
