// Pooling layers: the maximum or the mean of each window, channel by channel; the same in training and in evaluation.
#pragma once

#include "framework/module.h"
#include "framework/ops/pool.h"

namespace normlab {

class MaxPool2d : public Module {
  public:
    explicit MaxPool2d(const MaxPoolOptions& given) : options(given) {}
    Var forward(const Var& x) override { return max_pool2d(x, options); }
    std::string kind() const override { return "MaxPool2d"; }

    MaxPoolOptions options;
};

class AvgPool2d : public Module {
  public:
    explicit AvgPool2d(const AvgPoolOptions& given) : options(given) {}
    Var forward(const Var& x) override { return avg_pool2d(x, options); }
    std::string kind() const override { return "AvgPool2d"; }

    AvgPoolOptions options;
};

// The mean of each channel over the whole image, (N,C,1,1): PyTorch's AdaptiveAvgPool2d(1).
class GlobalAvgPool2d : public Module {
  public:
    Var forward(const Var& x) override { return global_avg_pool2d(x); }
    std::string kind() const override { return "GlobalAvgPool2d"; }
};

// Its maximum: PyTorch's AdaptiveMaxPool2d(1).
class GlobalMaxPool2d : public Module {
  public:
    Var forward(const Var& x) override { return global_max_pool2d(x); }
    std::string kind() const override { return "GlobalMaxPool2d"; }
};

}  // namespace normlab
