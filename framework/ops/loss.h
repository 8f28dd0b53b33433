// Losses: one number, the mean over the batch (cross-entropy) or over all elements (squared error).
#pragma once

#include <span>
#include <vector>

#include "framework/tape.h"

namespace normlab {

using Labels = std::vector<int>;

// −Σ_k t_k log softmax(logits)_k, averaged over the batch. With label smoothing s the target t is (1 − s) for the label
// plus s/K for each of the K classes (Szegedy et al. 2016). logits (N,K), labels N numbers below K. With class weights
// what a row adds counts times the weight of its label's class; the mean is still over N, so that two halves of a batch
// make the whole. Of a batch that processes share, it is what these images contribute to that mean.
Var cross_entropy(const Var& logits, const Labels& labels, double label_smoothing = 0,
                  std::span<const double> class_weights = {});

// mean (x − target)²
Var mse(const Var& x, const Tensor& target);

}  // namespace normlab
