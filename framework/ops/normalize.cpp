#include "framework/ops/normalize.h"

#include <algorithm>
#include <cmath>

#include "framework/deferred.h"
#include "framework/ops/finish.h"
#include "framework/support/error.h"

namespace normlab {
namespace {

// The cut of one activation into sets.
struct Sets {
    Sets(const Shape& x, const Sharing& s) : image(as_images(x)), sharing(s) {
        sharing.images = std::clamp<Index>(sharing.images, 1, std::max<Index>(image.N, 1));
        if (image.N % sharing.images != 0) return;
        // The images of a set, neighbours in memory, are as one.
        image.N /= sharing.images, image.H *= sharing.images;
        sharing.images = 1;
    }
    Images image;
    Sharing sharing;

    NormShape shape() const {
        return {.N = image.N, .pixels = image.pixels(), .C = image.C, .images_per_row = sharing.images};
    }
    Index channels() const { return image.C / sharing.groups; }
    std::size_t count() const { return static_cast<std::size_t>(shape().rows() * sharing.groups); }
    std::size_t of(Index block, Index c) const {
        return static_cast<std::size_t>(block * sharing.groups + c / channels());
    }
};

// Calls visit(position n·C + c, c, set) for each channel of each image.
template <class Visit>
void for_each_channel(const Sets& sets, Visit visit) {
    const Index groups = sets.sharing.groups, channels = sets.channels();
    for (Index n = 0, i = 0; n < sets.image.N; ++n) {
        std::size_t set = sets.of(n / sets.sharing.images, 0);
        for (Index group = 0; group < groups; ++group, ++set)
            for (Index c = group * channels; c < (group + 1) * channels; ++c) visit(i++, c, set);
    }
}

// A coefficient for each block of images and each channel: value(set, c).
template <class Value>
Tensor coefficients(const Sets& sets, Value value) {
    Tensor result({sets.shape().rows(), sets.image.C});
    Scalar* out = result.mutable_data();
    for (Index block = 0; block < sets.shape().rows(); ++block)
        for (Index c = 0; c < sets.image.C; ++c) *out++ = static_cast<Scalar>(value(sets.of(block, c), c));
    return result;
}

double at(const Tensor& gamma, Index c, double otherwise) {
    return gamma.defined() ? double{gamma.data()[c]} : otherwise;
}

std::vector<double> reciprocal_deviations(const Statistics& statistics, double eps) {
    std::vector<double> result;
    for (const double variance : statistics.variance) result.push_back(1 / std::sqrt(variance + eps));
    return result;
}

void check(const char* op, const Var& x, const Var& gamma, const Var& beta) {
    require_numbers(op, x.shape());
    const Images image = as_images(x.shape());
    for (const Var* affine : {&gamma, &beta})
        require(!affine->defined() || affine->shape() == Shape{image.C}, op,
                "weight and bias must be (C): weight or bias ", affine->shape(), ", input ", x.shape());
}

// y = (x − μ)·γr + β with r = 1/√(σ²+ε): a line for each set and channel.
struct Line {
    Tensor center, slope, shift;
};
Line line_of(const Sets& sets, const Statistics& statistics, const std::vector<double>& r, const Tensor& gamma,
             const Tensor& beta) {
    return {.center = coefficients(sets, [&](std::size_t set, Index) { return statistics.mean[set]; }),
            .slope = coefficients(sets, [&](std::size_t set, Index c) { return at(gamma, c, 1) * r[set]; }),
            .shift = coefficients(sets, [&](std::size_t, Index c) { return at(beta, c, 0); })};
}
Tensor apply(const Line& line, const Sets& sets, const Tensor& x, EpilogueView finish) {
    Tensor y(x.shape());
    kernels().normalize(sets.shape(), x.data(), line.center.data(), line.slope.data(), line.shift.data(), finish,
                        y.mutable_data());
    return y;
}

// The lines as the ending of the pass that computes x: one multiplication and one addition for each channel.
Var apply_within(const ChannelLines& lines, const Var& x) {
    return Var::open(x.shape(), {.residual = true}, [=](const Epilogue& ending) {
        return x.ended({.scale = lines.scale, .shift = lines.shift, .residual = ending.residual, .relu = ending.relu});
    });
}

Tensor through_relu(const Tensor& y, const Tensor& dy) {
    Tensor dx(dy.shape());
    kernels().activation_backward(Activation::relu, 0, dx.elements(), nullptr, y.data(), dy.data(), dx.mutable_data());
    return dx;
}

// Σ dy and Σ dy·(x − μ) over the pixels of each channel of each image: what backward needs to know of dy as a whole.
struct Sums {
    Sums(const Sets& sets, const Tensor& x, const Tensor& dy, const Tensor& center, ReluGate gate)
        : dy_sum({sets.image.N, sets.image.C}), dy_x_sum({sets.image.N, sets.image.C}) {
        kernels().normalize_sums(sets.shape(), x.data(), dy.data(), center.data(), gate, dy_sum.mutable_data(),
                                 dy_x_sum.mutable_data());
    }
    Tensor dy_sum, dy_x_sum;
};

// dγ_c = Σ dy·x̂ and dβ_c = Σ dy
void add_affine_gradients(const Sets& sets, const Sums& sums, const std::vector<double>& r, const Gradient& gamma,
                          const Gradient& beta) {
    std::vector<double> dgamma(static_cast<std::size_t>(sets.image.C)), dbeta(dgamma);
    for_each_channel(sets, [&](Index i, Index c, std::size_t set) {
        dgamma[static_cast<std::size_t>(c)] += sums.dy_x_sum.data()[i] * r[set];
        dbeta[static_cast<std::size_t>(c)] += sums.dy_sum.data()[i];
    });
    const Shape shape{sets.image.C};
    if (gamma.wanted()) gamma.add(Tensor::of(shape, {dgamma.begin(), dgamma.end()}));
    if (beta.wanted()) beta.add(Tensor::of(shape, {dbeta.begin(), dbeta.end()}));
}

// Gathers what the kernel finds for each channel of each image into sets. Between the means of the parts and the mean
// of the set, the squares are put together by Chan, Golub and LeVeque's formula (1979), which loses no digits.
Statistics gathered(const Tensor& x, const Sharing& sharing) {
    require(x.shape().rank() == 4 || x.shape().rank() == 2, "normalize", "input must be (N,C,H,W) or (N,C), got ",
            x.shape());
    require_numbers("normalize", x.shape());
    const Sets sets(x.shape(), sharing);
    require(sharing.groups >= 1 && sets.image.C % sharing.groups == 0, "normalize", sharing.groups,
            " groups do not divide the channels of the input ", x.shape());
    Tensor mean({sets.image.N, sets.image.C}), m2({sets.image.N, sets.image.C});
    kernels().moments(sets.shape(), x.data(), mean.mutable_data(), m2.mutable_data());

    const double pixels = static_cast<double>(sets.image.pixels());
    Statistics found{.sharing = sharing};
    found.mean.resize(sets.count()), found.variance.resize(sets.count()), found.count.resize(sets.count());
    for_each_channel(sets, [&](Index i, Index, std::size_t set) {
        found.mean[set] += mean.data()[i];
        found.count[set] += pixels;
    });
    for (std::size_t set = 0; set < sets.count(); ++set) found.mean[set] *= pixels / found.count[set];
    for_each_channel(sets, [&](Index i, Index, std::size_t set) {
        const double deviation = mean.data()[i] - found.mean[set];
        found.variance[set] += (m2.data()[i] + pixels * deviation * deviation) / found.count[set];
    });
    return found;
}

}  // namespace

Statistics statistics_of(const Tensor& x, const Sharing& sharing) {
    return gathered(x, sharing);
}

Statistics mean_square_of(const Tensor& x, const Sharing& sharing) {
    Statistics found = gathered(x, sharing);
    for (std::size_t set = 0; set < found.mean.size(); ++set) {
        found.variance[set] += found.mean[set] * found.mean[set];
        found.mean[set] = 0;
    }
    found.centered = false;
    return found;
}

Statistics fixed_statistics(const Tensor& mean, const Tensor& variance, Index images) {
    const Index C = mean.elements();
    return {.sharing = {.images = images, .groups = C},
            .mean = {mean.data(), mean.data() + C},
            .variance = {variance.data(), variance.data() + C},
            .count = {}};
}

// With g = γ dy and means taken over the set, backward is
//   dx = r (g − mean(g) − x̂ mean(g x̂))        or, channel by channel,        a·dy + b·(x − μ) + c
// Where μ is 0 and not the mean, nothing flows through it: mean(g) does not appear.
//
// A ReLU that ends the pass lets dy through where y > 0. Without a residual, y is the line of x, and x is at hand.
Var normalize(const char* op, const Var& input, const Statistics& own, const Var& gamma, const Var& beta, double eps) {
    check(op, input, gamma, beta);
    const Tensor& x = input.value();
    const Sets sets(x.shape(), own.sharing);
    const std::vector<double> r = reciprocal_deviations(own, eps);
    const Line line = line_of(sets, own, r, gamma.value(), beta.value());

    return Var::open(
        x.shape(), {.residual = true},
        [=, x = Saved(x), count = own.count, centered = own.centered](const Epilogue& ending) {
            const Tensor y = apply(line, sets, x.get(op), finish_of(ending));
            const bool gated = ending.relu && !ending.residual.defined(), from_y = ending.relu && !gated;

            return Tape::record(
                op, y, {input, gamma, beta, ending.residual},
                [=, y = Saved(from_y ? y : Tensor()), gamma = Saved(gamma.value()), gx = input.gradient(),
                 ggamma = gamma.gradient(), gbeta = beta.gradient(),
                 gresidual = ending.residual.gradient()](const Tensor& of_result) {
                    const Tensor dy = from_y ? through_relu(y.get(op), of_result) : of_result;
                    gresidual.add(dy);
                    const Tensor &values = x.get(op), &weight = gamma.get(op);
                    const ReluGate gate = gated ? ReluGate{line.slope.data(), line.shift.data()} : ReluGate{};
                    const Sums sums(sets, values, dy, line.center, gate);
                    add_affine_gradients(sets, sums, r, ggamma, gbeta);
                    if (!gx.wanted()) return;

                    std::vector<double> mean_g(sets.count()), mean_gx(sets.count());  // of g and of g x̂
                    for_each_channel(sets, [&](Index i, Index c, std::size_t set) {
                        const double share = at(weight, c, 1) / count[set];
                        mean_g[set] += share * sums.dy_sum.data()[i];
                        mean_gx[set] += share * sums.dy_x_sum.data()[i] * r[set];
                    });
                    const Tensor& a = line.slope;
                    const Tensor b =
                        coefficients(sets, [&](std::size_t set, Index) { return -r[set] * r[set] * mean_gx[set]; });
                    const Tensor c = coefficients(
                        sets, [&](std::size_t set, Index) { return centered ? -r[set] * mean_g[set] : 0; });
                    Tensor dx(values.shape());
                    kernels().normalize_backward(sets.shape(), values.data(), dy.data(), line.center.data(), gate,
                                                 a.data(), b.data(), c.data(), dx.mutable_data());
                    gx.add(dx);
                });
        });
}

ChannelLines lines_by(const Statistics& given, const Tensor& gamma, const Tensor& beta, double eps) {
    const std::vector<double> r = reciprocal_deviations(given, eps);
    const Index C = static_cast<Index>(r.size());
    ChannelLines lines{Tensor({C}), Tensor({C})};
    for (Index c = 0; c < C; ++c) {
        const auto set = static_cast<std::size_t>(c);
        const double scale = at(gamma, c, 1) * r[set];
        lines.scale.mutable_data()[c] = static_cast<Scalar>(scale);
        lines.shift.mutable_data()[c] = static_cast<Scalar>(at(beta, c, 0) - scale * given.mean[set]);
    }
    return lines;
}

Var normalize_with(const char* op, const Var& input, const Statistics& given, const Var& gamma, const Var& beta,
                   double eps) {
    check(op, input, gamma, beta);
    if (input.takes_scale() && !Tape::recording())
        return apply_within(lines_by(given, gamma.value(), beta.value(), eps), input);
    const Sets sets(input.shape(), given.sharing);
    const std::vector<double> r = reciprocal_deviations(given, eps);
    const Line line = line_of(sets, given, r, gamma.value(), beta.value());

    const Tensor& x = input.value();
    return Var::open(x.shape(), {.residual = true}, [=, x = Saved(x)](const Epilogue& ending) {
        const Tensor y = apply(line, sets, x.get(op), finish_of(ending));
        const bool from_y = ending.relu;

        return Tape::record(op, y, {input, gamma, beta, ending.residual},
                            [=, y = Saved(from_y ? y : Tensor()), gx = input.gradient(), ggamma = gamma.gradient(),
                             gbeta = beta.gradient(), gresidual = ending.residual.gradient()](const Tensor& of_result) {
                                const Tensor dy = from_y ? through_relu(y.get(op), of_result) : of_result;
                                gresidual.add(dy);
                                if (ggamma.wanted() || gbeta.wanted())
                                    add_affine_gradients(sets, Sums(sets, x.get(op), dy, line.center, {}), r, ggamma,
                                                         gbeta);
                                if (!gx.wanted()) return;
                                const Tensor zero = coefficients(sets, [](std::size_t, Index) { return 0; });
                                gx.add(apply({zero, line.slope, zero}, sets, dy, {}));  // dx = γ r dy
                            });
    });
}

}  // namespace normlab
