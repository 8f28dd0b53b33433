// Noise that jolts what activations receive, anew in every step (Santurkar et al. 2018, algorithm 1). In a step,
//   for each channel   μ ~ U(−½, ½),           σ ~ U(1, 1¼)
//   for each element   m ~ U(μ − 0.1, μ + 0.1), s ~ N(σ, 0.1)
//   y = s x + m
// In evaluation nothing happens. `strength` multiplies all distances from 0 and from 1.
#pragma once

#include <array>
#include <memory>

#include "framework/support/random.h"
#include "layers/containers.h"

namespace normlab {

// A net of layers in a row that is jolted in front of each ReLU.
class Jolted : public Module {
  public:
    // `net` is a Sequential.
    Jolted(std::unique_ptr<Module> net, double strength);

    Var forward(const Var& x) override;
    void members(Members& members) override { members.child("net", net_); }
    void reset_random(std::uint64_t seed, const std::string& name, std::uint64_t step) override;
    std::string kind() const override { return "Jolted"; }

  private:
    Var jolt(const Var& x, std::size_t place) const;

    std::unique_ptr<Module> owned_;
    Sequential& net_;
    double strength_;
    std::uint64_t seed_ = 0, step_ = 0;
};

}  // namespace normlab
