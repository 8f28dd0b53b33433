#include "layers/population.h"

#include <algorithm>
#include <cmath>

#include "framework/support/error.h"

namespace normlab {

Population::Population(Index channels)
    : mean_(static_cast<std::size_t>(channels)),
      squares_(mean_.size()),
      own_squares_(mean_.size()),
      image_variance_(mean_.size()),
      deviations_(mean_.size()) {}

void Population::add(const Tensor& x) {
    const auto C = mean_.size();
    require(static_cast<std::size_t>(as_images(x.shape()).C) == C, "population", "expected ", C, " channels, got ",
            x.shape());
    const Statistics own = statistics_of(x, {.images = 1, .channels = 1});
    for (std::size_t image = 0; image < own.mean.size(); image += C) {
        const double n = own.count[image], total = count_ + n;
        images_ += 1;
        for (std::size_t c = 0; c < C; ++c) {
            const double variance = own.variance[image + c], distance = own.mean[image + c] - mean_[c];
            mean_[c] += distance * n / total;
            squares_[c] += variance * n + distance * distance * count_ * n / total;
            own_squares_[c] += variance * n;
            image_variance_[c] += (variance * n / std::max(n - 1, 1.0) - image_variance_[c]) / images_;
        }
        count_ = total;
    }
}

void Population::add_deviations(const Tensor& x) {
    const Scalar* values = x.data();
    const Index C = static_cast<Index>(mean_.size());
    for (Index i = 0; i < x.elements(); ++i) {
        const auto c = static_cast<std::size_t>(i % C);
        deviations_[c] += std::abs(values[i] - mean_[c]);
    }
}

std::vector<double> Population::mean_absolute_deviation() const {
    std::vector<double> mean = deviations_;
    for (double& each : mean) each /= count_;
    return mean;
}

std::vector<double> Population::variance() const {
    std::vector<double> variance = squares_;
    for (double& each : variance) each /= count_;
    return variance;
}

std::vector<double> Population::variance_of_means() const {
    std::vector<double> variance = squares_;
    for (std::size_t c = 0; c < variance.size(); ++c)
        variance[c] = std::max(0.0, (variance[c] - own_squares_[c]) / count_);
    return variance;
}

}  // namespace normlab
