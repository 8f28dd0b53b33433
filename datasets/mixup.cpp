#include "datasets/mixup.h"

#include <algorithm>
#include <cmath>

#include "framework/support/random.h"

namespace normlab {

// Jöhnk 1964: for uniform u and v, of x = u^(1/α) and y = v^(1/α), if x + y ≤ 1, the share x / (x + y). In logarithms,
// as both can be too small for a double.
double mixing_share(double alpha, std::uint64_t seed, Index batch) {
    for (std::uint64_t attempt = 0;; attempt += 2) {
        const auto log_power = [&](std::uint64_t draw) {
            const double u = random_uniform(stream_named(seed, "mixup"), static_cast<std::uint64_t>(batch), draw);
            return std::log1p(-u) / alpha;  // 1 − u is above 0
        };
        const double x = log_power(attempt), y = log_power(attempt + 1);
        if (std::exp(x) + std::exp(y) > 1) continue;
        return 1 / (1 + std::exp(-std::abs(x - y)));
    }
}

void mix(Batch& batch, double share) {
    const Index images = batch.images.shape()[0], block = std::max<Index>(1, batch.part.block);
    const Index numbers = batch.images.elements() / std::max<Index>(1, images);
    const Tensor whole = batch.images.clone();
    Scalar* to = batch.images.mutable_data();
    batch.share = share;
    for (Index n = 0; n < images; ++n) {
        const Index first = n / block * block, last = std::min(first + block, images) - 1;
        const Index second = n == last ? first : n + 1;
        batch.second_labels.push_back(batch.labels[static_cast<std::size_t>(second)]);
        const Scalar *a = whole.data() + n * numbers, *b = whole.data() + second * numbers;
        for (Index i = 0; i < numbers; ++i) *to++ = static_cast<Scalar>(share * a[i] + (1 - share) * b[i]);
    }
}

}  // namespace normlab
