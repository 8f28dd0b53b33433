// Modules made of modules.
//   Sequential model(Conv2d({.in = 1, .out = 8}), BatchNorm2d({.num_features = 8}), ReLU());
#pragma once

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

#include "framework/module.h"
#include "framework/ops/flatten.h"

namespace normlab {

// y = x
class Identity : public Module {
  public:
    Var forward(const Var& x) override { return x; }
    std::string kind() const override { return "Identity"; }
};

// (N,C,H,W) to (N, C·H·W) in PyTorch's order.
class Flatten : public Module {
  public:
    Var forward(const Var& x) override { return flatten(x); }
    std::string kind() const override { return "Flatten"; }
};

// One after the other; their names are "0", "1", …
class Sequential : public Module {
  public:
    template <std::derived_from<Module>... Layers>
    explicit Sequential(Layers... layers) {
        (append(std::make_unique<Layers>(std::move(layers))), ...);
    }

    Sequential& append(std::unique_ptr<Module> layer);
    template <std::derived_from<Module> Layer>
    Sequential& append(Layer layer) {
        return append(std::make_unique<Layer>(std::move(layer)));
    }
    std::size_t size() const { return layers_.size(); }
    Module& operator[](std::size_t i) { return *layers_.at(i); }

    Var forward(const Var& x) override;
    void members(Members& members) override;
    std::string kind() const override { return "Sequential"; }

  private:
    std::vector<std::unique_ptr<Module>> layers_;
};

// y = f(x) + shortcut(x) (He et al. 2016); without a shortcut, y = f(x) + x.
class Residual : public Module {
  public:
    explicit Residual(Sequential f, Sequential shortcut = Sequential());

    Var forward(const Var& x) override;
    void members(Members& members) override;
    std::string kind() const override { return "Residual"; }

  private:
    Sequential f_, shortcut_;
};

}  // namespace normlab
