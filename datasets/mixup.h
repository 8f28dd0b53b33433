// mixup: a net learns from mixtures of two images, and of what they show (Zhang et al. 2018):
//   x = λ x_1 + (1 − λ) x_2        loss = λ loss(y_1) + (1 − λ) loss(y_2)
// λ is one for a batch, drawn from the distribution Beta(α, α) and, as the two are in no order, at least ½. Small α
// leave most batches nearly as they are, at 1 every λ is as likely. x_2 is the image after x_1 in its block of the
// batch, the last one's is the first: the order of images is random, and as long as the blocks stay, the number of
// processes changes nothing.
#pragma once

#include "datasets/batch.h"

namespace normlab {

inline constexpr double kMostMixup = 4;  // of α

// λ, a function of the seed and the number of the batch.
double mixing_share(double alpha, std::uint64_t seed, Index batch);

void mix(Batch& batch, double share);

}  // namespace normlab
