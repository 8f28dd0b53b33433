#include "framework/ops/l1_normalize.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/kernels/kernels.h"
#include "framework/support/threads.h"

namespace normlab {
namespace {

constexpr Index kPiece = 1 << 14;  // numbers that a thread takes at a time

// The sets of a batch norm: each is a channel of all images.
constexpr Index kAllImages = std::numeric_limits<Index>::max();
Sets whole_batch(const Shape& x) {
    return Sets(x, {.images = kAllImages, .channels = 1});
}

// A number for each channel: value(c).
template <class Value>
Tensor by_channel(Index channels, Value value) {
    Tensor result({channels});
    for (Index c = 0; c < channels; ++c) result.mutable_data()[c] = static_cast<Scalar>(value(c));
    return result;
}

// μ of each channel = rounded + rest, as in normalize.cpp.
struct Center {
    explicit Center(const Statistics& own)
        : rounded(by_channel(channels(own), [&](Index c) { return own.mean[static_cast<std::size_t>(c)]; })),
          rest(by_channel(channels(own),
                          [&](Index c) { return own.mean[static_cast<std::size_t>(c)] - double{rounded.data()[c]}; })) {
    }
    static Index channels(const Statistics& own) { return static_cast<Index>(own.mean.size()); }
    Tensor rounded, rest;
};

// sign(x − μ)
Tensor signs(const Tensor& x, const Center& center) {
    Tensor result(x.shape());
    const Index C = center.rounded.elements(), rows = x.elements() / C, in_piece = std::max<Index>(1, kPiece / C);
    const Scalar *from = x.data(), *mean = center.rounded.data(), *rest = center.rest.data();
    Scalar* to = result.mutable_data();
    const auto work = [=](Index piece) {
        const Index end = std::min(rows, (piece + 1) * in_piece);
        for (Index row = piece * in_piece; row < end; ++row)
            for (Index c = 0; c < C; ++c) {
                const Scalar d = from[row * C + c] - mean[c];
                to[row * C + c] = static_cast<Scalar>((d > rest[c]) - (d < rest[c]));
            }
    };
    run_pieces((rows + in_piece - 1) / in_piece, {&work, [](const void* function, Index piece) {
                                                      (*static_cast<const decltype(work)*>(function))(piece);
                                                  }});
    return result;
}

// Σ v and Σ v·(x − μ) over each channel of some images that follow one another (the rows of `sets`).
struct ChannelSums {
    ChannelSums(const Tensor& x, const Tensor& v, const Center& center)
        : sets(whole_batch(x.shape())), part(batch_part(x.shape()[0])), plain(rows_and_channels()), weighted(plain) {
        const PixelSums sums = pixel_sums(sets, x.data(), v.data(), center.rounded.data(), {});
        sets.for_each_channel([&](Index i, Index c, std::size_t) {
            const auto at = static_cast<std::size_t>(i);
            plain[at] = sums.v.data()[i];
            weighted[at] = double{sums.v_x.data()[i]} - double{center.rest.data()[c]} * sums.v.data()[i];
        });
    }
    std::size_t rows_and_channels() const { return static_cast<std::size_t>(sets.shape().N * sets.shape().C); }

    // (C) over the batch, whichever process has its images.
    std::vector<double> over_batch(const std::vector<double>& sums) const {
        const auto C = static_cast<std::size_t>(sets.shape().C);
        std::vector<double> by_block(static_cast<std::size_t>(part.blocks) * C);
        sets.for_each_channel([&](Index i, Index c, std::size_t) {
            const auto block = static_cast<std::size_t>(sets.block_of_row(i / sets.shape().C));
            by_block[block * C + static_cast<std::size_t>(c)] += sums[static_cast<std::size_t>(i)];
        });
        return sum_over_batch(part, by_block, C);
    }
    // (C) over the images of this process: factor(c) times the sum.
    template <class Factor>
    Tensor over_images(const std::vector<double>& sums, Factor factor) const {
        return sum_over_images({sets.shape().C}, part.images, [&](Index first, Index count, Scalar* result) {
            std::vector<double> total(static_cast<std::size_t>(sets.shape().C));
            const auto add = [&](Index i, Index c, std::size_t) {
                total[static_cast<std::size_t>(c)] += sums[static_cast<std::size_t>(i)];
            };
            sets.for_each_channel(sets.rows_before(first), sets.rows_before(first + count), add);
            for (Index c = 0; c < sets.shape().C; ++c)
                result[c] = static_cast<Scalar>(total[static_cast<std::size_t>(c)] * factor(c));
        });
    }

    Sets sets;
    BatchPart part;
    std::vector<double> plain, weighted;
};

}  // namespace

double l1_variance(double mean_absolute_deviation) {
    return std::numbers::pi / 2 * mean_absolute_deviation * mean_absolute_deviation;
}

Statistics l1_statistics_of(const Tensor& x) {
    Statistics own = statistics_of_batch(x);
    const Center center(own);
    const ChannelSums sums(x, signs(x, center), center);  // sign(x − μ)·(x − μ) = |x − μ|
    const std::vector<double> deviations = sums.over_batch(sums.weighted);
    for (std::size_t c = 0; c < own.variance.size(); ++c) own.variance[c] = l1_variance(deviations[c] / own.count[c]);
    return own;
}

// With d = x − μ, S = √(σ² + ε), k = √(π/2) and means over the n numbers of the channel, d/dx of y = γ d/S + β is
//   dx = γ (dy − mean(dy))/S − K (sign(d) − mean(sign(d))),     K = γ Σ(dy·d) σ k / (n S³)
// The first term flows through d, the second through σ; the means are what flows through μ.
Var l1_normalize(const char* op, const Var& input, const Statistics& own, const Var& gamma, const Var& beta,
                 double eps) {
    check_inputs(op, input, gamma, beta);
    const Tensor& x = input.value();
    const Index C = as_images(x.shape()).C;
    const Center center(own);
    const auto variance = [own](Index c) { return own.variance[static_cast<std::size_t>(c)]; };
    const auto r = [=](Index c) { return reciprocal_deviation(variance(c), eps); };  // 1/S
    const auto weight = [](const Tensor& g, Index c) { return g.defined() ? double{g.data()[c]} : 1.0; };

    Tensor y(x.shape());
    const Tensor slope = by_channel(C, [&](Index c) { return weight(gamma.value(), c) * r(c); });
    const Tensor shift = by_channel(C, [&](Index c) {
        return (beta.defined() ? double{beta.value().data()[c]} : 0.0) -
               double{slope.data()[c]} * center.rest.data()[c];
    });
    kernels().normalize(whole_batch(x.shape()).shape(), x.data(), center.rounded.data(), slope.data(), shift.data(), {},
                        y.mutable_data());

    return Tape::record(
        op, y, {input, gamma, beta},
        [=, x = Saved(x), gx = input.gradient(), ggamma = gamma.gradient(), gbeta = beta.gradient()](const Tensor& dy) {
            const Tensor& values = x.get(op);
            const ChannelSums of_dy(values, dy, center);
            if (ggamma.wanted()) ggamma.add(of_dy.over_images(of_dy.weighted, r));
            if (gbeta.wanted()) gbeta.add(of_dy.over_images(of_dy.plain, [](Index) { return 1.0; }));
            if (!gx.wanted()) return;

            const Tensor sign = signs(values, center);
            const ChannelSums of_sign(values, sign, center);
            const std::vector<double> dys = of_dy.over_batch(of_dy.plain), dy_ds = of_dy.over_batch(of_dy.weighted),
                                      sign_sums = of_sign.over_batch(of_sign.plain);
            const auto sum = [](const std::vector<double>& sums, Index c) { return sums[static_cast<std::size_t>(c)]; };
            const double n = own.count[0];
            const auto through_sigma = [&](Index c) {  // K
                return slope.data()[c] * sum(dy_ds, c) * std::sqrt(variance(c) * std::numbers::pi / 2) * r(c) * r(c) /
                       n;
            };
            const Tensor b = by_channel(C, [&](Index c) { return -through_sigma(c); });
            const Tensor c0 = by_channel(
                C, [&](Index c) { return (through_sigma(c) * sum(sign_sums, c) - slope.data()[c] * sum(dys, c)) / n; });
            const Tensor zero = Tensor::zeros({C});
            Tensor dx(values.shape());
            kernels().normalize_backward(whole_batch(values.shape()).shape(), sign.data(), dy.data(), zero.data(), {},
                                         slope.data(), b.data(), c0.data(), dx.mutable_data());
            gx.add(dx);
        });
}

}  // namespace normlab
