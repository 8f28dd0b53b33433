// The Jacobian of batch norm, row by row. For one channel of m values, with s = √(σ² + ε) and x̂ = (x − μ)/s,
//   ∂y/∂x = (γ/s) (I − 11ᵀ/m − x̂x̂ᵀ/m)
// so nothing is left of a gradient along 1, and along x̂ no more than ε/(σ² + ε) of it.
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/weights.h"
#include "layers/batch_norm2d.h"

namespace normlab {
namespace {

constexpr Index kValues = 16;  // of the channel
constexpr double kGamma = 1.5;

// The gradient of ⟨dy, norm(x)⟩ with respect to x.
Tensor pulled_back(Module& norm, const Tensor& x, const Tensor& dy) {
    Var input = Var::parameter(x.clone());
    Tape tape;
    tape.backward(norm(input), dy);
    return input.grad();
}

struct Jacobian {
    std::vector<double> measured, formula;  // row by row
    double error() const {
        double largest = 0;
        for (std::size_t i = 0; i < measured.size(); ++i)
            largest = std::max(largest, std::abs(measured[i] - formula[i]));
        return largest;
    }
};
Jacobian jacobian(const NormOfAChannel& make, double eps, const Tensor& x) {
    const auto norm = make(eps, kGamma);
    const Moments of_x = moments_of(x);
    const double s = std::sqrt(of_x.variance[0] + eps), m = kValues;
    Jacobian found;
    for (Index i = 0; i < kValues; ++i) {
        Tensor dy = Tensor::zeros(x.shape());
        dy.mutable_data()[i] = 1;
        const Tensor row = pulled_back(*norm, x, dy);
        for (Index j = 0; j < kValues; ++j) {
            const double hat_i = (x.data()[i] - of_x.mean[0]) / s, hat_j = (x.data()[j] - of_x.mean[0]) / s;
            found.measured.push_back(row.data()[j]);
            found.formula.push_back(kGamma / s * ((i == j ? 1 : 0) - 1 / m - hat_i * hat_j / m));
        }
    }
    return found;
}

Map map_of(const Words& title, const std::vector<double>& values) {
    Map map{.title = title, .row_title = {"output", "출력"}, .column_title = {"input", "입력"}, .values = values};
    for (Index i = 0; i < kValues; ++i) map.rows.push_back(std::to_string(i));
    map.columns = map.rows;
    return map;
}

// How much a direction is shortened: ‖J v‖/‖v‖, by γ/s.
double kept(const NormOfAChannel& make, double eps, const Tensor& x, const Tensor& direction) {
    const auto norm = make(eps, 1);
    const double s = std::sqrt(moments_of(x).variance[0] + eps);
    return length(pulled_back(*norm, x, direction)) / length(direction) * s;
}

}  // namespace

Evidence jacobian_of_a_channel(Workbench&) {
    return jacobian_of([](double eps, double gamma) {
        auto norm = std::make_unique<BatchNorm2d>(BatchNorm2dOptions{.num_features = 1, .eps = eps});
        set_values(norm->weight, {gamma});
        return norm;
    });
}

Evidence jacobian_of(const NormOfAChannel& make) {
    const Tensor x = noise({kValues, 1, 1, 1}, 1, 2, 0.7);
    const Jacobian usual = jacobian(make, 1e-5, x), large = jacobian(make, 0.5, x);
    std::vector<double> difference = usual.measured;
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= usual.formula[i];
    Evidence found;
    found.pictures = {map_of({"The Jacobian of batch norm, measured", "측정한 배치 정규화의 자코비안"}, usual.measured),
                      map_of({"By the formula", "공식"}, usual.formula),
                      map_of({"The difference", "차이"}, difference)};

    const Moments of_x = moments_of(x);
    Tensor along = x.clone();
    for (Index i = 0; i < kValues; ++i) along.mutable_data()[i] -= static_cast<Scalar>(of_x.mean[0]);
    const Tensor ones = Tensor::full(x.shape(), 1);
    Tensor other = noise(x.shape(), 2);  // without its parts along the two
    const double by_ones = dot(other, ones) / dot(ones, ones), by_along = dot(other, along) / dot(along, along);
    for (Index i = 0; i < kValues; ++i)
        other.mutable_data()[i] -= static_cast<Scalar>(by_ones + by_along * along.data()[i]);
    const double of_eps = 0.5 / (of_x.variance[0] + 0.5);

    double drift = 0;  // of ‖∂L/∂x‖·k
    const auto norm = make(1e-10, 1);
    const Tensor dy = noise(x.shape(), 3);
    const double whole = length(pulled_back(*norm, x, dy));
    for (const double k : {0.1, 0.3, 3.0, 10.0}) {
        Tensor scaled = x.clone();
        for (Index i = 0; i < kValues; ++i) scaled.mutable_data()[i] *= static_cast<Scalar>(k);
        drift = std::max(drift, std::abs(k * length(pulled_back(*norm, scaled, dy)) / whole - 1));
    }
    found.checks = {
        proof("jacobian", {28}, {"largest error of the formula for the Jacobian", "자코비안 공식의 최대 오차"},
              {usual.error()}, at_most(1e-5)),
        proof("jacobian-large-epsilon", {28}, {"the same with ε = 0.5", "ε = 0.5일 때"}, {large.error()},
              at_most(1e-5)),
        proof("along-one", {28, 30}, {"what is left of a gradient along 1", "1 방향 기울기에서 남는 비율"},
              {kept(make, 1e-5, x, ones)}, at_most(1e-5)),
        proof("along-x", {28, 30},
              {"what is left of a gradient along x̂, with ε = 0", "x̂ 방향 기울기에서 남는 비율, ε = 0"},
              {kept(make, 0, x, along)}, at_most(1e-5)),
        proof("along-x-epsilon", {28}, {"the same with ε = 0.5, by ε/(σ² + ε)", "ε = 0.5일 때, ε/(σ² + ε)로 나눈 값"},
              {kept(make, 0.5, x, along) / of_eps}, between(1 - 1e-4, 1 + 1e-4)),
        proof("elsewhere", {28},
              {"what is left of a gradient in another direction", "다른 방향의 기울기에서 남는 비율"},
              {kept(make, 1e-5, x, other)}, between(1 - 1e-4, 1 + 1e-4)),
        proof("inverse", {29},
              {"largest change of k·‖∂L/∂x‖ when x becomes k x, k from 0.1 to 10",
               "x를 k배(0.1~10) 할 때 k·‖∂L/∂x‖의 최대 변화"},
              {drift}, at_most(1e-3))};
    return found;
}

}  // namespace normlab
