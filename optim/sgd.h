// SGD: stochastic gradient descent, with momentum (Polyak 1964) that keeps going where past gradients agreed.
//   g = ∇w + λ·w                                λ = weight_decay
//   v = μ·v + (1 − dampening)·g                 μ = momentum; in the first step v = g
//   w = w − lr·v                                nesterov: w − lr·(g + μ·v)   (Sutskever et al. 2013)
// Without momentum v = g, and nothing is remembered. v does not contain lr, as in PyTorch: a change of lr acts on the
// whole step at once.
//
// In a group with `orthogonal` the direction d = v, or g + μ·v, is seen as a matrix with a row for each output, and
// what it takes apart is moved by the same length; the decay acts on the weights, not through the gradient
// (orthogonal.h):
//   w = w − lr·(orthogonalized(d) + λ·w)
#pragma once

#include "optim/optimizer.h"

namespace normlab {

struct SGDOptions {
    double lr = 1e-3;
    double momentum = 0;
    double dampening = 0;
    bool nesterov = false;
    double weight_decay = 0;
};

class SGD : public Optimizer {
  public:
    SGD(const ParameterGroups& groups, const SGDOptions& options);

  private:
    void update(Learner& learner, const Tensor& gradient) override;
    SGDOptions options_;
};

}  // namespace normlab
