#include "lab/claims/workbench/deep_linear.h"

#include "framework/ops/linear.h"
#include "lab/claims/workbench/tensors.h"

namespace normlab {
namespace {

constexpr Index kInputs = 1000, kWidth = 10;
constexpr int kLayers = 25;

std::string layers() {
    const std::string linear = R"({"type":"linear","out":10,"bias":false,"init":"xavier_normal"})";
    std::string list = R"({"type":"flatten"})";
    for (int layer = 1; layer < kLayers; ++layer) list += "," + linear + R"(,{"type":"norm"})";
    return "[" + list + "," + linear + "]";
}

}  // namespace

DeepLinear make_deep_linear(const std::string& norm, std::uint64_t seed) {
    const Tensor x = noise({kInputs, kWidth, 1, 1}, seed), a = noise({kWidth, kWidth}, seed + 1000);
    return {make_net({.layers = layers(), .norm = norm, .image = {kWidth, 1, 1}, .classes = kWidth}, seed),
            Objective(x, linear(x.viewed_as({kInputs, kWidth}), a, {}).value())};
}

std::string deep_linear_weight(int layer) {
    return std::to_string(2 * layer - 1) + ".weight";
}

}  // namespace normlab
