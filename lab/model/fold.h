// Folding: a batch norm that evaluates is the same affine function of each channel for every image, and a convolution's
// output is linear in its weights. So the two are one convolution with a bias:
//   γ (w ⋆ x + b − μ)/√(σ² + ε) + β  =  (s·w) ⋆ x + (s·(b − μ) + β),    s = γ/√(σ² + ε)
// The same holds for a linear layer, and for an instance norm that evaluates with running statistics.
#pragma once

#include "lab/model/model_file.h"

namespace normlab {

struct FoldPlan {
    struct Pair {
        std::string weighted, norm;  // names of a convolution or linear layer, and of the norm right after it
    };
    struct Left {
        std::string norm, why;
    };
    std::vector<Pair> pairs;
    std::vector<Left> left;  // norms that stay
};

// What can be folded is seen by watching the model evaluate: which layer is fed another's output.
FoldPlan plan_fold(const Model& model);

// A new model, whose config says how it is built. A model in which nothing can be folded is an Error.
Model folded(const Model& model, const FoldPlan& plan);

}  // namespace normlab
