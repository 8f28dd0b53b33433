// Passes over memory that take an epilogue: the same numbers as one op after the other.
#include "framework/deferred.h"
#include "framework/module.h"
#include "framework/ops/activation.h"
#include "framework/ops/arithmetic.h"
#include "layers/layers.h"
#include "layers/models/models.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// relu(norm(x) + side), inside of a module, where values are deferred.
struct Block : Module {
    Block(std::unique_ptr<Module> norm_layer, Var side_value)
        : norm(std::move(norm_layer)), side(std::move(side_value)) {}
    Var forward(const Var& x) override {
        return apart ? outside(x) : relu(side.defined() ? add((*norm)(x), side) : (*norm)(x));
    }
    // The same with every value asked for before the next op.
    Var outside(const Var& x) {
        const auto numbers = [](const Var& y) { return static_cast<void>(y.value()), y; };
        const Var y = numbers((*norm)(x));
        return relu(side.defined() ? numbers(add(y, side)) : y);
    }
    void members(Members& members) override {
        members.child("norm", *norm);
        members.parameter("side", side);
    }
    std::string kind() const override { return "Block"; }
    std::unique_ptr<Module> norm;
    Var side;
    bool apart = false;
};

struct Results {
    Tensor y, dx, dside, dgamma, dbeta;
};
Results results_of(NormType type, bool training, bool with_side, bool apart) {
    const Shape shape{3, 24, 5, 7};
    const Var x = Var::parameter(noise(shape, 1)), side = with_side ? Var::parameter(noise(shape, 2)) : Var();
    Block block(make_norm({.type = type, .groups = 4}, 24), side);
    for (NamedParameter& each : parameters(*block.norm))
        each.parameter.mutable_value().copy_from(noise({24}, 3, 1, 0.5));
    block.apart = apart;
    if (!training) block.norm->eval();
    Tape tape;
    const Var y = block(x);
    tape.backward(y, noise(shape, 4));
    const auto gradients = parameters(*block.norm);
    const auto gradient = [&](std::size_t i) {
        return i < gradients.size() ? gradients[i].parameter.grad() : Tensor();
    };
    return {y.value(), x.grad(), side.grad(), gradient(0), gradient(1)};
}

// A deferred 2 that counts how often it is computed.
Var counting(int& passes) {
    return defer({.shape = {1}, .takes_residual = true, .finish = [&passes](const Epilogue& epilogue) {
                      ++passes;
                      const Scalar residual = epilogue.residual.defined() ? epilogue.residual.value().item() : 0;
                      return Var(Tensor::of({1}, {2 + residual}));
                  }});
}

}  // namespace

TEST_CASE("normalization, residual and ReLU in one pass have the bits of the three ops", "[deferred]") {
    for (const NormType type : {NormType::batch, NormType::group, NormType::layer, NormType::instance, NormType::rms})
        for (const bool training : {true, false})
            for (const bool with_side : {true, false}) {
                const Results one = results_of(type, training, with_side, false);
                const Results three = results_of(type, training, with_side, true);
                CHECK(same_bits(one.y, three.y));
                CHECK(same_bits(one.dx, three.dx));
                CHECK(same_bits(one.dgamma, three.dgamma));
                if (type != NormType::rms) CHECK(same_bits(one.dbeta, three.dbeta));
                if (with_side) CHECK(same_bits(one.dside, three.dside));
            }
}

TEST_CASE("a deferred value that is used with a ReLU and without one gets the gradients of both uses", "[deferred]") {
    struct Twice : Module {
        Var forward(const Var& x) override {
            const Var y = norm(x);
            return add(relu(y), y);
        }
        void members(Members& members) override { members.child("norm", norm); }
        std::string kind() const override { return "Twice"; }
        BatchNorm2d norm{{.num_features = 4}};
    } twice;
    const Var x = Var::parameter(noise({3, 4, 5, 5}, 1));
    Tape tape;
    const Var y = twice(x);
    tape.backward(y, noise(y.shape(), 2));

    BatchNorm2d norm({.num_features = 4});
    const Var again = Var::parameter(noise({3, 4, 5, 5}, 1));
    Tape other;
    const Var normalized = norm(again);
    const Var expected = add(relu(normalized), normalized);
    other.backward(expected, noise(y.shape(), 2));
    REQUIRE(same_bits(y.value(), expected.value()));
    REQUIRE(relative_error(x.grad(), again.grad()) < 1e-6);
}

TEST_CASE("a deferred value that is used twice is computed once", "[deferred]") {
    const FusionScope scope;
    int passes = 0;
    const Var y = counting(passes), copy = y;
    REQUIRE(passes == 0);
    REQUIRE(y.value().item() == 2);
    REQUIRE(copy.value().item() == 2);
    REQUIRE(multiply(y, copy).value().item() == 4);
    REQUIRE(relu(y).value().item() == 2);
    REQUIRE(passes == 1);
}

TEST_CASE("a deferred value that is computed after it went into a sum is not computed again", "[deferred]") {
    const FusionScope scope;
    int passes = 0;
    const Var y = counting(passes), other(Tensor::of({1}, {3}));
    const Var sum = add(y, other), doubled = add(y, y);
    REQUIRE(y.value().item() == 2);
    REQUIRE(relu(sum).value().item() == 5);
    REQUIRE(doubled.value().item() == 4);
    REQUIRE(passes == 1);
}

TEST_CASE("a sum, a deferred value and its ReLU are one pass", "[deferred]") {
    const FusionScope scope;
    int passes = 0;
    REQUIRE(relu(add(Tensor::of({1}, {3}), counting(passes))).value().item() == 5);
    REQUIRE(passes == 1);
}

TEST_CASE("a value that is its own residual is computed once", "[deferred]") {
    const FusionScope scope;
    int passes = 0;
    const Var y = counting(passes);
    REQUIRE(relu(add(y, y)).value().item() == 4);
    REQUIRE(passes == 1);
}

TEST_CASE("outside of modules nothing is deferred", "[deferred]") {
    int passes = 0;
    const Var y = counting(passes);
    REQUIRE(passes == 1);
    REQUIRE_FALSE(takes_relu(y));
}

TEST_CASE("a value that is computed already takes no epilogue", "[deferred]") {
    const FusionScope scope;
    int passes = 0;
    const Var plain(Tensor::of({1}, {2})), computed = counting(passes);
    computed.value();
    for (const Var& x : {plain, computed}) {
        REQUIRE_FALSE((takes_relu(x) || takes_residual(x) || takes_scale(x)));
        REQUIRE(contains(error_of([&] { finish(x, {.relu = true}); }),
                         "[finish] only a deferred value can take an epilogue, and this one of shape (1)"));
    }
}

TEST_CASE("a deferred value takes what it says and nothing else", "[deferred]") {
    const FusionScope scope;
    int passes = 0;
    const Tensor one = Tensor::full({1}, 1);
    const Var y = counting(passes), sum = add(y, one);
    REQUIRE((takes_relu(sum) && !takes_residual(sum) && takes_residual(y) && !takes_scale(y)));
    REQUIRE(contains(error_of([&] { finish(sum, {.residual = one}); }),
                     "[finish] this value of shape (1) takes no residual"));
    REQUIRE(contains(error_of([&] { finish(y, {.scale = one, .shift = one}); }),
                     "[finish] this value of shape (1) takes no scale"));
}

TEST_CASE("a deferred value can be its own residual, and its sum can be used once it is computed", "[deferred]") {
    struct Doubled : Module {
        Var forward(const Var& x) override {
            const Var y = norm(x), sum = add(y, y);
            static_cast<void>(y.value());
            return relu(sum);
        }
        std::string kind() const override { return "Doubled"; }
        BatchNorm2d norm{{.num_features = 4}};
    } doubled;
    const Tensor x = noise({3, 4, 5, 5}, 1);
    BatchNorm2d norm({.num_features = 4});
    const Var y = norm(x);
    REQUIRE(same_bits(doubled(x).value(), relu(add(y, y)).value()));
}

TEST_CASE("a model that evaluates folds its batch norms into the convolutions and keeps its logits", "[deferred]") {
    for (const std::string name : {"lenet", "vgg", "resnet20", "resnet9"}) {
        const Index channels = name == "lenet" ? 1 : 3, side = name == "lenet" ? 28 : 32;
        const std::unique_ptr<Module> model = make_model({{"arch", name}}, {channels, side, side}, 10);
        initialize(*model, 1);
        const Tensor x = noise({4, channels, side, side}, 2);
        for (int batch = 0; batch < 3; ++batch) (*model)(x);  // running statistics that are not 0 and 1
        model->eval();
        const Tensor folded = (*model)(x).value();
        const ForwardListener listener([](Module&, const Var&, const Var& y) { static_cast<void>(y.value()); });
        const Tensor apart = (*model)(x).value();
        INFO(name);
        CHECK(relative_error(folded, apart) < 1e-5);
        CHECK_FALSE(same_bits(folded, apart));  // or nothing was folded
    }
}
