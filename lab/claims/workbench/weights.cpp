#include "lab/claims/workbench/weights.h"

#include <algorithm>
#include <cmath>

#include "framework/support/error.h"
#include "framework/support/random.h"

namespace normlab {
namespace {

// The sum over the elements of both, in double and in their order.
template <class Term>
double sum_of(const Tensor& a, const Tensor& b, const Term& term) {
    require(a.shape() == b.shape(), "weights", "shapes must agree: ", a.shape(), " and ", b.shape());
    double sum = 0;
    for (Index i = 0; i < a.elements(); ++i) sum += term(double{a.data()[i]}, double{b.data()[i]});
    return sum;
}

template <class PartSum>
double sum_of(const Weights& a, const Weights& b, const PartSum& part_sum) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += part_sum(a.part(i), b.part(i));
    return sum;
}

double square_of_distance(const Tensor& a, const Tensor& b) {
    return sum_of(a, b, [](double p, double q) { return (p - q) * (p - q); });
}

double ratio_or_zero(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
}

}  // namespace

Weights Weights::of(Module& net) {
    Weights all;
    for (const NamedParameter& each : parameters(net)) {
        all.names_.push_back(each.name);
        all.parts_.push_back(each.parameter.value().clone());
    }
    return all;
}

Weights Weights::gradient_of(Module& net) {
    Weights all;
    for (const NamedParameter& each : parameters(net)) {
        const Tensor gradient = each.parameter.grad();
        all.names_.push_back(each.name);
        all.parts_.push_back(gradient.defined() ? gradient.clone() : Tensor::zeros(each.parameter.shape()));
    }
    return all;
}

void Weights::put_into(Module& net) const {
    std::vector<NamedParameter> all = parameters(net);
    for (std::size_t i = 0; i < all.size(); ++i) all[i].parameter.mutable_value().copy_from(parts_[i]);
}

std::size_t Weights::index_of(const std::string& name) const {
    const auto found = std::ranges::find(names_, name);
    require(found != names_.end(), "weights", "the net has no parameter ", name);
    return static_cast<std::size_t>(found - names_.begin());
}

Weights Weights::plus(double factor, const Weights& other) const {
    Weights sum = *this;
    for (std::size_t p = 0; p < size(); ++p) {
        sum.parts_[p] = parts_[p].clone();
        Scalar* to = sum.parts_[p].mutable_data();
        const Scalar* add = other.part(p).data();
        for (Index i = 0; i < parts_[p].elements(); ++i)
            to[i] = static_cast<Scalar>(double{to[i]} + factor * double{add[i]});
    }
    return sum;
}

Weights Weights::scaled(double factor) const {
    return plus(factor - 1, *this);
}

Weights Weights::random_alike(std::uint64_t seed) const {
    Weights drawn = scaled(1);
    for (std::size_t p = 0; p < drawn.size(); ++p) {
        const RandomStream stream = stream_named(seed, drawn.name(p));
        const Index rows = drawn.part(p).shape().rank() > 1 ? drawn.part(p).shape()[0] : 1;
        const Index row = drawn.part(p).elements() / rows;
        Scalar* to = drawn.part(p).mutable_data();
        for (Index r = 0; r < rows; ++r, to += row) {
            double wanted = 0, length = 0;
            std::vector<double> numbers;
            for (Index i = 0; i < row; ++i) {
                numbers.push_back(random_normal(stream, 0, static_cast<std::uint64_t>(r * row + i)));
                wanted += double{to[i]} * double{to[i]}, length += numbers.back() * numbers.back();
            }
            for (Index i = 0; i < row; ++i)
                to[i] = static_cast<Scalar>(numbers[static_cast<std::size_t>(i)] * std::sqrt(wanted / length));
        }
    }
    return drawn;
}

double dot(const Tensor& a, const Tensor& b) {
    return sum_of(a, b, [](double p, double q) { return p * q; });
}
double length(const Tensor& a) {
    return std::sqrt(dot(a, a));
}
double distance(const Tensor& a, const Tensor& b) {
    return std::sqrt(square_of_distance(a, b));
}
double cosine(const Tensor& a, const Tensor& b) {
    return ratio_or_zero(dot(a, b), length(a) * length(b));
}

double dot(const Weights& a, const Weights& b) {
    return sum_of(a, b, [](const Tensor& p, const Tensor& q) { return dot(p, q); });
}
double length(const Weights& a) {
    return std::sqrt(dot(a, a));
}
double distance(const Weights& a, const Weights& b) {
    return std::sqrt(sum_of(a, b, square_of_distance));
}
double cosine(const Weights& a, const Weights& b) {
    return ratio_or_zero(dot(a, b), length(a) * length(b));
}

}  // namespace normlab
