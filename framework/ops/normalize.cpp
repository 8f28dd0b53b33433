#include "framework/ops/normalize.h"

#include <algorithm>
#include <cmath>

#include "framework/deferred.h"
#include "framework/kernels/kernels.h"
#include "framework/support/error.h"

namespace normlab {
namespace {

double at(const Tensor& gamma, Index c, double otherwise) {
    return gamma.defined() ? double{gamma.data()[c]} : otherwise;
}

// r = 1/√(σ² + ε) of each set: (S)
std::vector<double> reciprocal_deviations(const Statistics& statistics, double eps) {
    std::vector<double> r;
    for (const double variance : statistics.variance) r.push_back(reciprocal_deviation(variance, eps));
    return r;
}

// value(set, c) for each channel of images that share them: (rows,C), as kernels take coefficients.
template <class Value>
Tensor coefficients(const Sets& sets, Value value) {
    Tensor result({sets.shape().rows(), sets.shape().C});
    Scalar* out = result.mutable_data();
    for (Index row = 0; row < sets.shape().rows(); ++row)
        for (Index c = 0; c < sets.shape().C; ++c) *out++ = static_cast<Scalar>(value(sets.of(row, c), c));
    return result;
}

// One normalization on its way from forward to backward.
struct Normalization {
    const char* op;
    Saved x;                      // (N,C,H,W) or (N,C)
    Saved gamma;                  // (C) or empty
    Gradient dx, dgamma, dbeta;   // of x, γ and β
    Sets sets;                    // S of them
    std::vector<double> r;        // (S) 1/√(σ² + ε)
    std::vector<double> rest;     // (S) μ − center
    std::vector<double> count;    // (S) elements of x
    bool centered;                // whether μ is the mean of x; otherwise it is 0
    bool of_batch;                // whether μ and σ² are those of the whole batch
    BatchPart part;               // of the batch, in x
    Tensor center, scale, shift;  // (rows,C) μ as a Scalar, γr, and β − γr (μ − center)
    bool constant = false;        // whether μ and σ² do not depend on x
};

// What rounding μ to a Scalar leaves out. Where μ is far above σ that is no small part of σ, so it goes into the shift:
//   y = (x − μ)·γr + β = (x − center)·γr + (β − γr (μ − center))
std::vector<double> rests(const Statistics& statistics) {
    std::vector<double> rest;
    for (const double mean : statistics.mean) rest.push_back(mean - static_cast<Scalar>(mean));
    return rest;
}

Normalization prepared(const char* op, const Var& x, const Statistics& statistics, const Var& gamma, const Var& beta,
                       double eps) {
    const Sets sets(x.shape(), statistics.size);
    const std::vector<double> r = reciprocal_deviations(statistics, eps), rest = rests(statistics);
    const auto scale = [&](std::size_t set, Index c) { return at(gamma.value(), c, 1) * r[set]; };
    return {.op = op,
            .x = x.value(),
            .gamma = gamma.value(),
            .dx = x.gradient(),
            .dgamma = gamma.gradient(),
            .dbeta = beta.gradient(),
            .sets = sets,
            .r = r,
            .rest = rest,
            .count = statistics.count,
            .centered = statistics.centered,
            .of_batch = statistics.of_batch,
            .part = batch_part(x.shape()[0]),
            .center = coefficients(sets, [&](std::size_t set, Index) { return statistics.mean[set]; }),
            .scale = coefficients(sets, scale),
            .shift = coefficients(
                sets, [&](std::size_t set, Index c) { return at(beta.value(), c, 0) - scale(set, c) * rest[set]; })};
}

// y = γ x̂ + β, then the epilogue.
Tensor forward(const Normalization& norm, const Epilogue& epilogue) {
    const Tensor& x = norm.x.get(norm.op);
    Tensor y(x.shape());
    kernels().normalize(norm.sets.shape(), x.data(), norm.center.data(), norm.scale.data(), norm.shift.data(),
                        epilogue.view(), y.mutable_data());
    return y;
}

// What backward needs to know of dy as a whole.
struct Sums {
    Tensor dy;    // (N,C) Σ dy               over the pixels of each channel of each image
    Tensor dy_x;  // (N,C) Σ dy (x − center)

    // Σ dy x̂
    double dy_xhat(const Normalization& norm, Index i, std::size_t set) const {
        return norm.r[set] * (dy_x.data()[i] - norm.rest[set] * dy.data()[i]);
    }
};
Sums sums_over_pixels(const Normalization& norm, const Tensor& dy, ReluGate gate) {
    const auto [of_dy, of_dy_x] = pixel_sums(norm.sets, norm.x.data(norm.op), dy.data(), norm.center.data(), gate);
    return {of_dy, of_dy_x};
}

// dγ = Σ dy x̂     dβ = Σ dy
void backward_affine(const Normalization& norm, const Sums& sums) {
    const Index C = norm.sets.shape().C;
    const auto sum = [&](const auto& each) {
        return sum_over_images({C}, norm.part.images, [&](Index first, Index count, Scalar* result) {
            std::vector<double> total(static_cast<std::size_t>(C));
            const auto add = [&](Index i, Index c, std::size_t set) {
                total[static_cast<std::size_t>(c)] += each(i, set);
            };
            norm.sets.for_each_channel(norm.sets.rows_before(first), norm.sets.rows_before(first + count), add);
            std::ranges::transform(total, result, [](double number) { return static_cast<Scalar>(number); });
        });
    };
    if (norm.dgamma.wanted())
        norm.dgamma.add(sum([&](Index i, std::size_t set) { return sums.dy_xhat(norm, i, set); }));
    if (norm.dbeta.wanted()) norm.dbeta.add(sum([&](Index i, std::size_t) { return double{sums.dy.data()[i]}; }));
}

// The means of g and g x̂ over each set.
struct Means {
    std::vector<double> g, g_xhat;  // (S)
};
Means means(const Normalization& norm, const Sums& sums) {
    const std::size_t S = norm.sets.count();
    const auto blocks = static_cast<std::size_t>(norm.of_batch ? norm.part.blocks : 1);
    const Tensor& gamma = norm.gamma.get(norm.op);
    std::vector<double> both(blocks * 2 * S);  // of each block, if all processes share the sets
    norm.sets.for_each_channel([&](Index i, Index c, std::size_t set) {
        const double share = at(gamma, c, 1) / norm.count[set];
        const Index row = i / norm.sets.shape().C;
        const auto block = static_cast<std::size_t>(norm.of_batch ? norm.sets.block_of_row(row) : 0);
        both[block * 2 * S + set] += share * sums.dy.data()[i];
        both[block * 2 * S + S + set] += share * sums.dy_xhat(norm, i, set);
    });
    if (norm.of_batch) both = sum_over_batch(norm.part, both, 2 * S);
    const auto middle = both.begin() + static_cast<std::ptrdiff_t>(S);
    return {{both.begin(), middle}, {middle, both.end()}};
}

// y = γ x̂ + β, where μ and σ² depend on x. With g = γ dy and means over the set,
//   dx = r (g − mean(g) − x̂ mean(g x̂))
// Where μ is 0 and not the mean, nothing flows through it, and mean(g) is absent.
void backward(const Normalization& norm, const Tensor& dy, ReluGate gate) {
    const Sums sums = sums_over_pixels(norm, dy, gate);
    backward_affine(norm, sums);
    if (!norm.dx.wanted()) return;

    const Tensor& x = norm.x.get(norm.op);
    const std::vector<double>& r = norm.r;
    const Means mean = means(norm, sums);

    // As the kernel takes it: dx = a dy + b (x − center) + c, each (rows,C).
    const auto slope = [&](std::size_t set, Index) { return -r[set] * r[set] * mean.g_xhat[set]; };
    const Tensor& a = norm.scale;                     // r g = rγ dy
    const Tensor b = coefficients(norm.sets, slope);  // −r x̂ mean(g x̂) with x̂ = r (x − center) − r (μ − center)
    const Tensor c = coefficients(norm.sets, [&](std::size_t set, Index channel) {  // −r mean(g), and the rest of x̂
        return (norm.centered ? -r[set] * mean.g[set] : 0) - slope(set, channel) * norm.rest[set];
    });
    Tensor dx(x.shape());
    kernels().normalize_backward(norm.sets.shape(), x.data(), dy.data(), norm.center.data(), gate, a.data(), b.data(),
                                 c.data(), dx.mutable_data());
    norm.dx.add(dx);
}

// y = γ x̂ + β, where μ and σ² are constants: dx = r g
void backward_through_constants(const Normalization& norm, const Tensor& dy) {
    if (norm.dgamma.wanted() || norm.dbeta.wanted()) backward_affine(norm, sums_over_pixels(norm, dy, {}));
    if (!norm.dx.wanted()) return;
    const Tensor zero = Tensor::zeros(norm.scale.shape());
    Tensor dx(dy.shape());
    kernels().normalize(norm.sets.shape(), dy.data(), zero.data(), norm.scale.data(), zero.data(), {},
                        dx.mutable_data());
    norm.dx.add(dx);
}

// Through a ReLU that made y.
Tensor backward_relu(const Tensor& y, const Tensor& dy) {
    Tensor dx(dy.shape());
    kernels().activation_backward(Activation::relu, 0, dx.elements(), nullptr, y.data(), dy.data(), dx.mutable_data());
    return dx;
}

using Prepared = std::shared_ptr<const Normalization>;

// Forward, and backward on the tape. If the epilogue has a ReLU, its gradient needs to know where it let y pass: the
// kernels find out from x, which is kept anyway, unless there is a residual, or μ and σ² are constants; then y is kept.
Var normalized(const Prepared& norm, const Var& x, const Var& gamma, const Var& beta, const Epilogue& epilogue) {
    const Tensor y = forward(*norm, epilogue);
    const bool gate_by_x = epilogue.relu && !epilogue.residual.defined() && !norm->constant;
    const bool gate_by_y = epilogue.relu && !gate_by_x;
    const ReluGate gate = gate_by_x ? ReluGate{norm->scale.data(), norm->shift.data()} : ReluGate{};

    const auto backward_of = [norm, gate, gate_by_y, y = Saved(gate_by_y ? y : Tensor()),
                              dresidual = epilogue.residual.gradient()](const Tensor& dresult) {
        const Tensor dy = gate_by_y ? backward_relu(y.get(norm->op), dresult) : dresult;
        dresidual.add(dy);
        if (norm->constant)
            backward_through_constants(*norm, dy);
        else
            backward(*norm, dy, gate);
    };
    return Tape::record(norm->op, y, {x, gamma, beta, epilogue.residual}, backward_of);
}

Var deferred(const Prepared& norm, const Var& x, const Var& gamma, const Var& beta) {
    return defer({.shape = x.shape(), .takes_residual = true, .finish = [=](const Epilogue& epilogue) {
                      return normalized(norm, x, gamma, beta, epilogue);
                  }});
}

Prepared prepared_with(const char* op, const Var& x, const Statistics& fixed, const Var& gamma, const Var& beta,
                       double eps) {
    Normalization norm = prepared(op, x, fixed, gamma, beta, eps);
    norm.constant = true;
    return std::make_shared<const Normalization>(std::move(norm));
}

}  // namespace

Var normalize(const char* op, const Var& x, const Statistics& own, const Var& gamma, const Var& beta, double eps) {
    check_inputs(op, x, gamma, beta);
    return deferred(std::make_shared<const Normalization>(prepared(op, x, own, gamma, beta, eps)), x, gamma, beta);
}

Var normalize_with(const char* op, const Var& x, const Statistics& fixed, const Var& gamma, const Var& beta,
                   double eps) {
    check_inputs(op, x, gamma, beta);
    if (!takes_scale(x) || Tape::recording())
        return deferred(prepared_with(op, x, fixed, gamma, beta, eps), x, gamma, beta);
    // The pass that computes x, a convolution's, can do it; if x is computed in the meantime, a pass of its own does.
    return defer({.shape = x.shape(), .takes_residual = true, .finish = [=](const Epilogue& epilogue) {
                      if (!takes_scale(x))
                          return normalized(prepared_with(op, x, fixed, gamma, beta, eps), x, gamma, beta, epilogue);
                      const auto [scale, shift] = channel_affine(fixed, gamma.value(), beta.value(), eps);
                      return finish(x, {scale, shift, epilogue.residual, epilogue.relu});
                  }});
}

void check_inputs(const char* op, const Var& x, const Var& gamma, const Var& beta) {
    require_numbers(op, x.shape());
    for (const Var* affine : {&gamma, &beta})
        require(!affine->defined() || affine->shape() == Shape{as_images(x.shape()).C}, op,
                "weight and bias must be (C): weight or bias ", affine->shape(), ", input ", x.shape());
}

double reciprocal_deviation(double variance, double eps) {
    const double square = variance + eps;
    return square == 0 ? 0 : 1 / std::sqrt(square);
}

ChannelAffine channel_affine(const Statistics& fixed, const Tensor& gamma, const Tensor& beta, double eps) {
    const std::vector<double> r = reciprocal_deviations(fixed, eps);
    const Index C = static_cast<Index>(r.size());
    ChannelAffine affine{Tensor({C}), Tensor({C})};
    for (Index c = 0; c < C; ++c) {
        const auto set = static_cast<std::size_t>(c);
        const double scale = at(gamma, c, 1) * r[set];
        affine.scale.mutable_data()[c] = static_cast<Scalar>(scale);
        affine.shift.mutable_data()[c] = static_cast<Scalar>(at(beta, c, 0) - scale * fixed.mean[set]);
    }
    return affine;
}

}  // namespace normlab
