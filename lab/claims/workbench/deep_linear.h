// The deep linear net of Santurkar et al. 2018: 25 matrices of 10x10, which learn together what one matrix A does.
//   L = mean over 1000 normally distributed x of ‖W₂₅ … W₁ x − A x‖²
// With a norm behind each matrix but the last.
#pragma once

#include "lab/claims/workbench/nets.h"
#include "lab/claims/workbench/objective.h"

namespace normlab {

struct DeepLinear {
    std::unique_ptr<Module> net;
    Objective objective;
};
DeepLinear make_deep_linear(const std::string& norm, std::uint64_t seed);

std::string deep_linear_weight(int layer);  // its name, from layer 1

}  // namespace normlab
