#include "framework/tape.h"

#include <memory>

#include "framework/ops/activation.h"
#include "framework/ops/arithmetic.h"
#include "framework/ops/linear.h"
#include "framework/ops/loss.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {
Var number(Scalar value) {
    return Var::parameter(Tensor::of({1}, {value}));
}
}  // namespace

TEST_CASE("the gradient of a product is the other factor") {
    const Var a = number(3), b = number(5);
    Tape tape;
    tape.backward(sum(multiply(a, b)));
    REQUIRE(a.grad().item() == 5);
    REQUIRE(b.grad().item() == 3);
}

TEST_CASE("a value used twice gathers both gradients") {
    const Var x = number(3);
    Tape tape;
    tape.backward(sum(add(multiply(x, x), scale(x, 4))));  // x² + 4x
    REQUIRE(x.grad().item() == 10);
}

TEST_CASE("a gradient that two values share is not changed through one of them") {
    const Var x = number(3), y = number(4);
    Tape tape;
    tape.backward(sum(add(add(x, y), x)));  // both inner gradients are one tensor; x gets a second one
    REQUIRE(x.grad().item() == 2);
    REQUIRE(y.grad().item() == 1);
}

TEST_CASE("backward tells of each parameter once, when nothing more is added to its gradient") {
    const Var x = number(3), y = number(4);
    Tape tape;
    std::vector<Scalar> told;
    const auto note = [&](const Gradient& of_parameter) { told.push_back(of_parameter.sum().item()); };
    const Var last = multiply(multiply(x, x), y);  // x² y, whose backward reaches y first, and x last
    tape.backward(sum(last), Tensor::full({}, 1), note);
    REQUIRE(told == std::vector<Scalar>{9, 24});
}

TEST_CASE("without a tape nothing is recorded") {
    const Var x = number(2);
    REQUIRE_FALSE(multiply(x, x).needs_gradient());
    Tape tape;
    REQUIRE(multiply(x, x).needs_gradient());
    REQUIRE(tape.size() == 1);
}

TEST_CASE("an op whose inputs need no gradient is not recorded") {
    const Var constant(Tensor::of({1}, {2}));
    Var frozen = number(3);
    frozen.set_needs_gradient(false);
    Tape tape;
    multiply(constant, frozen);
    REQUIRE(tape.size() == 0);
}

TEST_CASE("a parameter that learns nothing gets no gradient, the rest does") {
    Var frozen = number(3);
    const Var x = number(2);
    frozen.set_needs_gradient(false);
    Tape tape;
    tape.backward(sum(multiply(frozen, x)));
    REQUIRE(x.grad().item() == 3);
    REQUIRE_FALSE(frozen.grad().defined());
}

TEST_CASE("gradients add up over several tapes until they are cleared") {
    Var x = number(3);
    for (int pass = 0; pass < 2; ++pass) {
        Tape tape;
        tape.backward(sum(scale(x, 2)));
    }
    REQUIRE(x.grad().item() == 4);
    x.clear_grad();
    REQUIRE_FALSE(x.grad().defined());
}

TEST_CASE("an inner tape records alone until it ends") {
    const Var x = number(3);
    Tape outer;
    {
        Tape inner;
        inner.backward(sum(scale(x, 2)));
        REQUIRE(outer.size() == 0);
    }
    sum(x);
    REQUIRE(outer.size() == 1);
}

TEST_CASE("tapes may end in any order") {
    const Var x = number(3);
    auto outer = std::make_unique<Tape>();
    auto inner = std::make_unique<Tape>();
    outer.reset();
    REQUIRE(scale(x, 2).needs_gradient());
    REQUIRE(inner->size() == 1);
    inner.reset();
    REQUIRE_FALSE(Tape::recording());
    REQUIRE_FALSE(scale(x, 2).needs_gradient());
}

TEST_CASE("a tape that ends in the middle leaves the others in their order") {
    const Var x = number(3);
    auto first = std::make_unique<Tape>(), second = std::make_unique<Tape>(), third = std::make_unique<Tape>();
    second.reset();
    scale(x, 2);
    REQUIRE((first->size() == 0 && third->size() == 1));
    third.reset();
    scale(x, 2);
    REQUIRE(first->size() == 1);
}

TEST_CASE("NoGrad records nothing, whatever tape is around it") {
    const Var x = number(3);
    Tape tape;
    const Var y = scale(x, 2);
    {
        const NoGrad guard;
        REQUIRE_FALSE(multiply(x, y).needs_gradient());  // an inner tape would refuse y
        Tape inner;
        REQUIRE(scale(x, 2).needs_gradient());
        REQUIRE(inner.size() == 1);
    }
    REQUIRE(tape.size() == 1);
    tape.backward(sum(multiply(y, x)));
    REQUIRE(x.grad().item() == 12);
}

TEST_CASE("guards may end in any order") {
    const Var x = number(3);
    Tape tape;
    auto first = std::make_unique<NoGrad>(), second = std::make_unique<NoGrad>();
    first.reset();
    REQUIRE_FALSE(scale(x, 2).needs_gradient());
    second.reset();
    REQUIRE(scale(x, 2).needs_gradient());
}

TEST_CASE("a chain of 200,000 ops is walked without recursion") {
    const Var x = number(1);
    Tape tape;
    Var y = x;
    for (int i = 0; i < 200000; ++i) y = scale(y, 1);
    tape.backward(sum(y));
    REQUIRE(x.grad().item() == 1);
}

TEST_CASE("the walk lets saved tensors go") {
    const Var x = Var::parameter(noise({4, 8}, 1)), w = Var::parameter(noise({3, 8}, 2));
    Tape tape;
    const Var loss = sum(relu(linear(x, w, {})));
    tape.backward(loss);
    REQUIRE(tape.size() == 0);
}

TEST_CASE("a tape that is walked twice says so") {
    const Var x = number(3);
    Tape tape;
    const Var loss = sum(multiply(x, x));
    tape.backward(loss);
    REQUIRE(contains(error_of([&] { tape.backward(loss); }), "[backward] the tape was walked already"));
}

TEST_CASE("a value from a tape that was walked cannot be used on") {
    const Var x = number(3);
    Tape tape;
    const Var y = multiply(x, x);
    tape.backward(sum(y));
    REQUIRE(contains(error_of([&] { scale(y, 2); }), "[scale] input (1) was recorded on a tape that was walked"));
}

TEST_CASE("a saved value that was changed in place is noticed") {
    Var x = number(3);
    Tape tape;
    const Var loss = sum(multiply(x, x));
    x.mutable_value().mutable_data()[0] = 4;
    REQUIRE(contains(error_of([&] { tape.backward(loss); }),
                     "[multiply] a value of shape (1) that backward needs was "
                     "changed in place"));
}

TEST_CASE("backward from a value that depends on no parameter says so") {
    Tape tape;
    const Var loss = sum(Var(Tensor::of({2}, {1, 2})));
    REQUIRE(contains(error_of([&] { tape.backward(loss); }), "[backward] the value depends on no parameter"));
}

TEST_CASE("backward starts from one number, or is told the gradient") {
    const Var x = Var::parameter(Tensor::of({2}, {1, 2}));
    Tape tape;
    const Var y = scale(x, 3);
    REQUIRE(contains(error_of([&] { tape.backward(y); }), "[backward] the loss must be one number, its shape is (2)"));
    tape.backward(y, Tensor::of({2}, {1, 10}));
    REQUIRE(x.grad().values() == std::vector<Scalar>{3, 30});
}

TEST_CASE("a gradient of another shape than its value is refused") {
    const Var x = number(1);
    Tape tape;
    const Var y = Tape::record("wrong", Tensor::of({1}, {1}), {x},
                               [gx = x.gradient()](const Tensor&) { gx.add(Tensor::zeros({2})); });
    REQUIRE(contains(error_of([&] { tape.backward(y); }),
                     "[backward] a gradient of shape (2) was added to a value of shape (1)"));
}

TEST_CASE("gradients do not change with the tensor that backward was given") {
    const Var x = number(3), y = number(4);
    Tensor dy = Tensor::of({1}, {2});
    Tape tape;
    tape.backward(add(x, y), dy);
    dy.mutable_data()[0] = 7;
    REQUIRE(x.grad().item() == 2);
    REQUIRE(y.grad().item() == 2);
}

TEST_CASE("a gradient that is set is a copy") {
    Var x = number(3);
    Tensor grad = Tensor::of({1}, {2});
    x.set_grad(grad);
    grad.mutable_data()[0] = 7;
    REQUIRE(x.grad().item() == 2);
}

TEST_CASE("a gradient that is set must have the parameter's shape") {
    Var x = number(3);
    REQUIRE(contains(error_of([&] { x.set_grad(Tensor::zeros({2})); }),
                     "[backward] a gradient of shape (2) was added to a value of shape (1)"));
}
