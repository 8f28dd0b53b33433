// Activation layers: a function of one number, applied to each element, the same in training and in evaluation. The
// formulas are in framework/ops/activation.h.
#pragma once

#include "framework/module.h"
#include "framework/ops/activation.h"

namespace normlab {

class ActivationLayer : public Module {};

class ReLU : public ActivationLayer {
  public:
    Var forward(const Var& x) override { return relu(x); }
    std::string kind() const override { return "ReLU"; }
};

class LeakyReLU : public ActivationLayer {
  public:
    struct Options {
        double negative_slope = 0.01;
    };
    LeakyReLU() = default;
    explicit LeakyReLU(const Options& given) : options(given) {}
    Var forward(const Var& x) override { return leaky_relu(x, options.negative_slope); }
    std::string kind() const override { return "LeakyReLU"; }

    Options options;
};

class Sigmoid : public ActivationLayer {
  public:
    Var forward(const Var& x) override { return sigmoid(x); }
    std::string kind() const override { return "Sigmoid"; }
};

class Tanh : public ActivationLayer {
  public:
    Var forward(const Var& x) override { return tanh(x); }
    std::string kind() const override { return "Tanh"; }
};

class GELU : public ActivationLayer {
  public:
    struct Options {
        bool tanh_approximation = false;  // PyTorch's approximate="tanh"
    };
    GELU() = default;
    explicit GELU(const Options& given) : options(given) {}
    Var forward(const Var& x) override { return options.tanh_approximation ? gelu_tanh(x) : gelu(x); }
    std::string kind() const override { return "GELU"; }

    Options options;
};

class SiLU : public ActivationLayer {
  public:
    Var forward(const Var& x) override { return silu(x); }
    std::string kind() const override { return "SiLU"; }
};

}  // namespace normlab
