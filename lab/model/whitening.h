// A first layer that is computed from the images instead of learned (Jordan 2024, after Page 2019). The neighbouring
// pixels of photographs are alike, so most of what a small patch holds is its mean brightness. With
//   Σ = mean(p pᵀ) over the patches p of training images, as long as a kernel     Σ = Σ_i λ_i e_i e_iᵀ
// the kernels  ±e_i / √(λ_i + 5e-4)  give numbers that do not depend linearly on each other and are all as large.
// Channels 2i and 2i + 1 have both signs of e_i, largest λ_i first: what a ReLU takes from one of them is in the other.
#pragma once

#include "datasets/image_set.h"
#include "datasets/pixel_scale.h"
#include "lab/config/name_patterns.h"

namespace normlab {

// Of the convolutions that `patterns`, the value of init.whiten, pick.
void whiten(Module& model, const NamePatterns& patterns, const ImageSet& train, const PixelScale& scale);

// The eigenvectors of a symmetric matrix (D rows of D numbers), as rows, the one with the largest eigenvalue first.
struct EigenPairs {
    std::vector<double> values, vectors;
};
EigenPairs eigen_pairs(std::vector<double> matrix, std::size_t D);

}  // namespace normlab
