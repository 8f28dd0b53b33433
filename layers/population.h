// The statistics of everything that a layer is fed, over any number of batches: those of the whole population, as if
// all images were one batch. Counts, means and sums of squares are pooled (Chan, Golub, LeVeque 1979):
//   mean = Σ nᵢ meanᵢ / Σ nᵢ,    variance = Σ nᵢ varianceᵢ / Σ nᵢ  +  Σ nᵢ (meanᵢ − mean)² / Σ nᵢ
// The second term is the law of total variance's: averaging the batches' variances alone leaves it out and comes out
// too small. All of it is double, image by image in their order, so that the batch size changes nothing beyond
// rounding.
#pragma once

#include "layers/running_statistics.h"

namespace normlab {

class Population {
  public:
    explicit Population(Index channels);
    void add(const Tensor& x);  // (N,C,H,W) or (N,C)

    double count() const { return count_; }  // values of a channel
    const std::vector<double>& mean() const { return mean_; }
    std::vector<double> variance() const;           // biased
    std::vector<double> variance_of_means() const;  // of the images' means: what the second term adds
    // The average of the images' own (unbiased) variances.
    const std::vector<double>& mean_variance() const { return image_variance_; }

    // For the mean absolute deviation from the mean: takes everything that was added a second time.
    void add_deviations(const Tensor& x);
    std::vector<double> mean_absolute_deviation() const;

  private:
    double count_ = 0, images_ = 0;
    std::vector<double> mean_, squares_, own_squares_;  // Σ (x − mean)², and with the images' own means
    std::vector<double> image_variance_;
    std::vector<double> deviations_;  // Σ |x − mean|
};

}  // namespace normlab
