// Conv2d: each output channel is a small kernel slid over the image,
//   y[k] = b[k] + Σ_c w[k,c] ⋆ x[c]          (⋆ is cross-correlation; the exact sum is in framework/ops/conv2d.h)
// Training and evaluation are the same. Before a batch norm the bias does nothing: leave it out.
//
// With weight standardization (Qiao, Wang, Liu, Shen, Yuille 2019), each output channel's kernel is used as
//   ŵ[k] = (w[k] − μ) / √(σ² + 1e-5)        μ, σ² over all elements of w[k]
// and the gradient flows through μ and σ², so learning is independent of the kernels' means and lengths. It gives group
// norm, which does not look at the batch, the smooth path that batch norm has; with a norm after it, ŵ's scale does not
// matter.
#pragma once

#include "framework/module.h"
#include "framework/ops/conv2d.h"
#include "layers/init.h"

namespace normlab {

struct Conv2dOptions {
    Index in = 0;
    Index out = 0;
    Pair kernel = 3;
    Pair stride = 1;
    Padding padding = 0;  // a number, a pair, or Padding::Same()
    Pair dilation = 1;
    Index groups = 1;  // groups = in = out: one kernel for each channel ("depthwise")
    bool bias = true;
    Init init = Init::standard;
    bool weight_standardization = false;
};

class Conv2d : public Module {
  public:
    explicit Conv2d(const Conv2dOptions& options);

    Var forward(const Var& x) override;
    void members(Members& members) override;
    void reset_parameters(std::uint64_t seed, const std::string& name) override;
    std::string kind() const override { return "Conv2d"; }

    Var weight_in_use() const;  // the weight, or ŵ

    Conv2dOptions options;
    Var weight;  // (out, in/groups, kernel, kernel)
    Var bias;    // (out)
};

}  // namespace normlab
