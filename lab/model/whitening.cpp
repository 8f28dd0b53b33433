#include "lab/model/whitening.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "datasets/shuffle.h"
#include "framework/support/threads.h"
#include "layers/conv2d.h"

namespace normlab {
namespace {

constexpr Index kWhiteningImages = 500;  // half a million patches of 2x2 in them, for a dozen numbers
constexpr double kLeastVariance = 5e-4;

// What one image adds to Σ: the sum of p pᵀ over its patches.
void add_patch_products(std::span<const std::uint8_t> pixels, const Shape& image, const PixelScale& scale, Pair kernel,
                        std::vector<double>& sums) {
    const Index C = image[0], H = image[1], W = image[2], in_row = kernel.w * C;
    std::vector<double> scaled(pixels.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const std::size_t c = i % static_cast<std::size_t>(C);
        scaled[i] = (pixels[i] / 255.0 - scale.mean[c]) / scale.std[c];
    }
    const auto D = static_cast<std::size_t>(kernel.h * in_row);
    std::vector<double> patch(D);
    for (Index y = 0; y + kernel.h <= H; ++y) {
        for (Index x = 0; x + kernel.w <= W; ++x) {
            for (Index r = 0; r < kernel.h; ++r)
                std::copy_n(scaled.data() + ((y + r) * W + x) * C, in_row, patch.data() + r * in_row);
            for (std::size_t i = 0; i < D; ++i)
                for (std::size_t j = 0; j < D; ++j) sums[i * D + j] += patch[i] * patch[j];
        }
    }
}

// Σ from the same images in the same pieces, whatever the number of threads.
std::vector<double> patch_covariance(const ImageSet& train, const PixelScale& scale, Pair kernel) {
    std::vector<Index> chosen = shuffled(stream_named(0, "whiten"), 0, train.size());
    chosen.resize(static_cast<std::size_t>(std::min(train.size(), kWhiteningImages)));
    const Index D = train.image[0] * kernel.h * kernel.w;
    constexpr std::size_t pieces = 32;
    std::vector<std::vector<double>> sums(pieces, std::vector<double>(static_cast<std::size_t>(D * D)));
    const auto work = [&](std::size_t piece) {
        for (std::size_t i = piece; i < chosen.size(); i += pieces)
            add_patch_products(train.pixels_of(chosen[i]), train.image, scale, kernel, sums[piece]);
    };
    run_pieces(pieces, {&work, [](const void* function, Index piece) {
                            (*static_cast<const decltype(work)*>(function))(static_cast<std::size_t>(piece));
                        }});
    for (std::size_t piece = 1; piece < pieces; ++piece)
        std::ranges::transform(sums[0], sums[piece], sums[0].begin(), std::plus{});
    const auto places = (train.image[1] - kernel.h + 1) * (train.image[2] - kernel.w + 1);
    for (double& each : sums[0]) each /= static_cast<double>(chosen.size()) * static_cast<double>(places);
    return sums[0];
}

void set_kernels(Conv2d& layer, const EigenPairs& pairs) {
    const std::size_t D = pairs.values.size();
    Scalar* weight = layer.weight.mutable_value().mutable_data();
    for (std::size_t k = 0; k < static_cast<std::size_t>(layer.options.out); ++k) {
        const double scale = (k % 2 == 0 ? 1 : -1) / std::sqrt(std::max(pairs.values[k / 2], 0.0) + kLeastVariance);
        for (std::size_t i = 0; i < D; ++i)
            weight[k * D + i] = static_cast<Scalar>(scale * pairs.vectors[k / 2 * D + i]);
    }
}

}  // namespace

void whiten(Module& model, const NamePatterns& patterns, const ImageSet& train, const PixelScale& scale) {
    for (Conv2d* layer : whitened_layers(model, patterns, train.image[0])) {
        const Pair kernel = layer->options.kernel;
        const auto D = static_cast<std::size_t>(train.image[0] * kernel.h * kernel.w);
        set_kernels(*layer, eigen_pairs(patch_covariance(train, scale, kernel), D));
    }
}

// Jacobi's method: each rotation of two axes makes one number beside the diagonal 0 and the sum of the others' squares
// no larger, until the diagonal is all that is left.
EigenPairs eigen_pairs(std::vector<double> a, std::size_t D) {
    std::vector<double> v(D * D);  // the axes, as rows
    for (std::size_t i = 0; i < D; ++i) v[i * D + i] = 1;
    constexpr int most_sweeps = 50;  // ten are plenty
    for (int sweep = 0; sweep < most_sweeps; ++sweep) {
        double beside = 0, all = 0;
        for (std::size_t i = 0; i < D * D; ++i) {
            all += a[i] * a[i];
            if (i / D != i % D) beside += a[i] * a[i];
        }
        if (beside <= 1e-28 * all) break;
        for (std::size_t p = 0; p < D; ++p) {
            for (std::size_t q = p + 1; q < D; ++q) {
                if (a[p * D + q] == 0) continue;
                const double theta = (a[q * D + q] - a[p * D + p]) / (2 * a[p * D + q]);
                const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
                const double c = 1 / std::sqrt(t * t + 1), s = t * c;
                const auto rotate = [c, s](double& x, double& y) {
                    const double before = x;
                    x = c * before - s * y, y = s * before + c * y;
                };
                for (std::size_t i = 0; i < D; ++i) rotate(a[i * D + p], a[i * D + q]);
                for (std::size_t i = 0; i < D; ++i) rotate(a[p * D + i], a[q * D + i]);
                for (std::size_t i = 0; i < D; ++i) rotate(v[p * D + i], v[q * D + i]);
            }
        }
    }
    std::vector<std::size_t> order(D);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return a[i * D + i]; });
    EigenPairs pairs;
    for (const std::size_t i : order) {
        pairs.values.push_back(a[i * D + i]);
        pairs.vectors.insert(pairs.vectors.end(), v.begin() + static_cast<std::ptrdiff_t>(i * D),
                             v.begin() + static_cast<std::ptrdiff_t>((i + 1) * D));
    }
    return pairs;
}

}  // namespace normlab
