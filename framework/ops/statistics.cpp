#include "framework/ops/statistics.h"

#include <algorithm>
#include <numeric>

#include "framework/support/error.h"

namespace normlab {

Sets::Sets(const Shape& x, SetSize size) : channels_(size.channels) {
    const Images image = as_images(x);
    const Index together = std::clamp<Index>(size.images, 1, std::max<Index>(image.N, 1));
    block_ = batch_part(image.N).block;
    if (image.N % together == 0) images_ = std::gcd(together, block_);
    shape_ = {
        .N = image.N / images_, .pixels = image.pixels() * images_, .C = image.C, .images_per_row = together / images_};
}

// The kernel finds the mean and the sum of squares m2 of each channel of each image, of P numbers. They are put
// together one by one (Chan, Golub, LeVeque 1979: no digits are lost, and equal means stay what they are); after n
// numbers,
//   μ ← μ + P/(n + P) (mean − μ)        nσ² ← nσ² + m2 + nP/(n + P) (mean − μ)²
Statistics statistics_of(const Tensor& x, SetSize size) {
    require(x.shape().rank() == 4 || x.shape().rank() == 2, "normalize", "input must be (N,C,H,W) or (N,C), got ",
            x.shape());
    require_numbers("normalize", x.shape());
    require(size.channels >= 1 && x.shape()[1] % size.channels == 0, "normalize", "sets of ", size.channels,
            " channels do not divide the channels of the input ", x.shape());
    const Sets sets(x.shape(), size);
    std::vector<double> mean(static_cast<std::size_t>(sets.shape().N * sets.shape().C)), m2(mean.size());  // (N,C)
    const Index C = sets.shape().C, in_row = sets.shape().pixels * C;
    sets.for_each_block([&](const NormShape& shape, Index row, Index) {
        kernels().moments(shape, x.data() + row * in_row, mean.data() + row * C, m2.data() + row * C);
    });

    const double pixels = static_cast<double>(sets.shape().pixels);
    Statistics found{.size = size, .part = batch_part(x.shape()[0])};
    found.mean.resize(sets.count()), found.variance.resize(sets.count()), found.count.resize(sets.count());
    sets.for_each_channel([&](Index i, Index, std::size_t set) {
        const auto channel = static_cast<std::size_t>(i);
        const double before = found.count[set], share = pixels / (before + pixels);
        const double distance = mean[channel] - found.mean[set];
        found.mean[set] += share * distance;
        found.variance[set] += m2[channel] + before * share * distance * distance;  // so far their sum
        found.count[set] += pixels;
    });
    for (std::size_t set = 0; set < sets.count(); ++set) found.variance[set] /= found.count[set];
    return found;
}

Statistics mean_square_of(const Tensor& x, SetSize size) {
    Statistics found = statistics_of(x, size);
    for (std::size_t set = 0; set < found.mean.size(); ++set) {
        found.variance[set] += found.mean[set] * found.mean[set];
        found.mean[set] = 0;
    }
    found.centered = false;
    return found;
}

Statistics fixed_statistics(const Tensor& mean, const Tensor& variance, Index images) {
    const Index C = mean.elements();
    return {.size = {.images = images, .channels = 1},
            .mean = {mean.data(), mean.data() + C},
            .variance = {variance.data(), variance.data() + C},
            .count = {}};
}

}  // namespace normlab
