// What the ops compute; their gradients are checked in gradient_test.cpp.
#include "framework/ops/arithmetic.h"

#include "framework/ops/loss.h"
#include "framework/ops/pointwise.h"
#include "framework/ops/softmax.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {
using Numbers = std::vector<Scalar>;
Numbers values(const Var& x) {
    return x.value().values();
}
}  // namespace

TEST_CASE("the four operators and the minus sign compute element by element") {
    const Var a = Tensor::of({3}, {1, 2, 3}), b = Tensor::of({3}, {4, 8, 2});
    REQUIRE(values(a + b) == Numbers{5, 10, 5});
    REQUIRE(values(a - b) == Numbers{-3, -6, 1});
    REQUIRE(values(a * b) == Numbers{4, 16, 6});
    REQUIRE(values(a / b) == Numbers{0.25, 0.25, 1.5});
    REQUIRE(values(-a) == Numbers{-1, -2, -3});
    REQUIRE(values(1 - a) == Numbers{0, -1, -2});
    REQUIRE(values(2 * a / 4) == Numbers{0.5, 1, 1.5});
}

TEST_CASE("shapes that differ go together by numpy's rule") {
    // Each number says its place: 100 n + 10 c + w of (2,2,1,3).
    const Var x = Tensor::of({2, 2, 1, 3}, {0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112});
    const Var by_channel = Tensor::of({2, 1, 1}, {1000, 2000}), by_width = Tensor::of({3}, {0, 1000, 2000}),
              by_image = Tensor::of({2, 1, 1, 1}, {1000, 2000});
    REQUIRE(values(x + by_channel) == Numbers{1000, 1001, 1002, 2010, 2011, 2012, 1100, 1101, 1102, 2110, 2111, 2112});
    REQUIRE(values(x + by_width) == Numbers{0, 1001, 2002, 10, 1011, 2012, 100, 1101, 2102, 110, 1111, 2112});
    REQUIRE(values(x + by_image) == Numbers{1000, 1001, 1002, 1010, 1011, 1012, 2100, 2101, 2102, 2110, 2111, 2112});
    const Var column = Tensor::of({2, 1}, {10, 20}), row = Tensor::of({3}, {1, 2, 3});
    REQUIRE((column + row).shape() == Shape{2, 3});
    REQUIRE(values(column + row) == Numbers{11, 12, 13, 21, 22, 23});
}

TEST_CASE("sums and means go over the axes that the smaller shape lacks") {
    const Var x = Tensor::of({2, 2, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
    REQUIRE(values(sum_to(x, {2, 1, 1})) == Numbers{1 + 2 + 5 + 6, 3 + 4 + 7 + 8});
    REQUIRE(values(mean_to(x, {2, 1, 1, 1})) == Numbers{2.5, 6.5});
    REQUIRE(values(mean_to(x, x.shape())) == values(x));
    REQUIRE(sum(x).value().item() == 36);
    REQUIRE(mean(x).value().item() == 4.5);
}

TEST_CASE("functions of one number are those of <cmath>") {
    const Var x = Tensor::of({2}, {1, 4});
    REQUIRE(relative_error(exp(x).value(), Tensor::of({2}, {Scalar(std::exp(1)), Scalar(std::exp(4))})) < kClose);
    REQUIRE(relative_error(log(x).value(), Tensor::of({2}, {0, Scalar(std::log(4))})) < kClose);
    REQUIRE(values(pow(x, 0.5)) == Numbers{1, 2});
    REQUIRE(values(pow(x, 2)) == Numbers{1, 16});
}

TEST_CASE("the square of zero has a gradient, and so has its zeroth power") {
    const Var x = Var::parameter(Tensor::zeros({1}));
    Tape tape;
    tape.backward(sum(pow(x, 2) + pow(x, 0)));
    REQUIRE(x.grad().item() == 0);
}

TEST_CASE("softmax's channels add up to one, whatever their size") {
    const Tensor images = Tensor::of({1, 3, 1, 2}, {1, 1000, 2, 999, 3, -1000});
    const Numbers p = values(softmax(images));
    REQUIRE(near(p[0] + p[2] + p[4], 1, kClose));
    REQUIRE(near(p[1] + p[3] + p[5], 1, kClose));
    REQUIRE(near(p[4] / p[2], std::exp(1), 1e-5));
    REQUIRE(values(log_softmax(images))[5] < -1999);
}

TEST_CASE("cross-entropy is the mean of minus log_softmax at the labels") {
    const Var logits = noise({4, 5}, 1);
    const Tensor at_labels = Tensor::of({4, 5}, {1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0});
    const Var loss = mean(-sum_to(log_softmax(logits) * at_labels, {4, 1}));
    REQUIRE(near(loss.value().item(), cross_entropy(logits, {0, 4, 2, 1}).value().item(), kClose));
}
