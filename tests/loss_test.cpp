#include "framework/ops/loss.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("an image's loss counts times the weight of its class, in a mean over the images", "[loss]") {
    const Tensor both = Tensor::of({2, 3}, {1, 0, -1, 2, 2, 0});
    const std::vector<double> weights = {0.5, 3, 1};
    const double smoothing = GENERATE(0.0, 0.1);
    const auto loss = [&](const Tensor& logits, const Labels& labels, std::span<const double> by) {
        return double{cross_entropy(logits, labels, smoothing, by).value().item()};
    };
    const double first = loss(Tensor::of({1, 3}, {1, 0, -1}), {0}, {});
    const double second = loss(Tensor::of({1, 3}, {2, 2, 0}), {1}, {});
    REQUIRE(std::abs(loss(both, {0, 1}, weights) / ((0.5 * first + 3 * second) / 2) - 1) < 1e-6);
    REQUIRE(loss(both, {0, 1}, std::vector<double>{1, 1, 1}) == loss(both, {0, 1}, {}));
}
