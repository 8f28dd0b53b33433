#include <cmath>
#include <limits>

#include "framework/kernels/kernels.h"
#include "framework/ops/arithmetic.h"
#include "layers/batch_norm2d.h"
#include "layers/containers.h"
#include "layers/conv2d.h"
#include "layers/layer_norm.h"
#include "layers/linear.h"
#include "optim/optim.h"
#include "optim/orthogonal.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

constexpr double tolerance = 4 * std::numeric_limits<Scalar>::epsilon();

NamedParameter named(const std::string& name, const std::vector<Scalar>& values, const Shape& shape) {
    return {name, Var::parameter(Tensor::of(shape, values)), nullptr};
}
NamedParameter named(const std::string& name, const std::vector<Scalar>& values) {
    return named(name, values, {static_cast<Index>(values.size())});
}

const std::vector<Scalar> kStart = {0.5, -1.25, 2, 0.125, -0.375, 0.75};

// A gradient for each step t; its numbers are exact in binary.
Tensor slope(int t) {
    std::vector<Scalar> values;
    for (int i = 0; i < 6; ++i) values.push_back(static_cast<Scalar>((7 * t + 3 * i) % 11 - 5) / 8);
    return Tensor::of({6}, values);
}

void take_steps(Optimizer& optimizer, Var w, int first, int last) {
    for (int t = first; t < last; ++t) {
        w.set_grad(slope(t));
        optimizer.step();
    }
}

// The weights after five steps from `kStart`.
template <class Optim, class Options>
std::vector<Scalar> trained(const Options& options) {
    const NamedParameter w = named("w", kStart);
    Optim optimizer(std::vector{w}, options);
    take_steps(optimizer, w.parameter, 0, 5);
    return w.parameter.value().values();
}

State copy(const State& state) {
    State copied = state;
    for (NamedTensor& each : copied.tensors) each.tensor = each.tensor.clone();
    return copied;
}

template <class Optim, class Options>
void check_resume(const Options& options) {
    const NamedParameter whole = named("w", kStart), before = named("w", kStart);
    Optim uninterrupted(std::vector{whole}, options), stopped(std::vector{before}, options);
    take_steps(uninterrupted, whole.parameter, 0, 5);
    take_steps(stopped, before.parameter, 0, 2);

    const NamedParameter after = named("w", before.parameter.value().values());
    Optim resumed(std::vector{after}, options);
    load_state(resumed, copy(state_of(stopped)));
    take_steps(resumed, after.parameter, 2, 5);
    REQUIRE(same_bits(after.parameter.value(), whole.parameter.value()));
}

std::string error_of_sgd(const SGDOptions& options) {
    return error_of([&] { SGD(std::vector{named("w", {1})}, options); });
}
std::string error_of_adam(const AdamOptions& options) {
    return error_of([&] { Adam(std::vector{named("w", {1})}, options); });
}

std::vector<std::string> names_of(const ParameterGroup& group) {
    std::vector<std::string> names;
    for (const NamedParameter& each : group.parameters) names.push_back(each.name);
    return names;
}

}  // namespace

// The expected weights are PyTorch's (1.13, float64) after these five steps:
//   w = torch.nn.Parameter(torch.tensor([0.5, -1.25, 2, 0.125, -0.375, 0.75], dtype=torch.float64))
//   optimizer = torch.optim.SGD([w], lr=0.1, ...)                    # and Adam, AdamW, with the options below
//   for t in range(5):
//       w.grad = torch.tensor([((7*t + 3*i) % 11 - 5) / 8 for i in range(6)], dtype=torch.float64)
//       optimizer.step()
//   print(w.tolist())
TEST_CASE("SGD steps like PyTorch's", "[optim]") {
    const auto error = [](const SGDOptions& options, const std::vector<Scalar>& torch) {
        return relative_error(trained<SGD>(options), torch);
    };
    CHECK(error({.lr = 0.1}, {0.4875, -1.3125, 2.025, 0.1, -0.3125, 0.7625}) < tolerance);
    CHECK(error({.lr = 0.1, .weight_decay = 0.05}, {0.474319973475, -1.281187196074218, 1.975684695298438,
                                                    0.09758736910898438, -0.3040883027019532, 0.7428799882867186}) <
          tolerance);
    CHECK(error({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.05},
                {0.569619855225, -1.293271819511719, 1.862705196673438, -0.007614471547265652, -0.150359041983203,
                 0.8811336474742187}) < tolerance);
    CHECK(error({.lr = 0.1, .momentum = 0.9, .dampening = 0.25},
                {0.6438375, -1.318294375, 1.981408125, -0.0221925, -0.171248125, 0.900329375}) < tolerance);
    CHECK(error({.lr = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.05},
                {0.5339106654934309, -1.320032463007715, 1.854025825382717, -0.01894800240372978, -0.1049271072351538,
                 0.8580869704926585}) < tolerance);
}

TEST_CASE("Adam steps like PyTorch's", "[optim]") {
    CHECK(relative_error(trained<Adam>(AdamOptions{.lr = 0.1}),
                         {0.6582583168923987, -1.276789996115242, 1.92061807075047, -0.06359368565908247,
                          -0.1671660528425622, 1.020702600809862}) < tolerance);
    CHECK(relative_error(trained<Adam>(AdamOptions{.lr = 0.1, .betas = {0.8, 0.95}, .eps = 0.1, .weight_decay = 0.05}),
                         {0.5917644424883657, -1.237894783892905, 1.866183215761056, -0.01434373885486308,
                          -0.1995032117452245, 0.8957298872680995}) < tolerance);
}

TEST_CASE("AdamW steps like PyTorch's", "[optim]") {
    CHECK(relative_error(trained<AdamW>(AdamWOptions{.lr = 0.1}),
                         {0.6551747532729971, -1.270724259952344, 1.910963854050875, -0.06361334921868229,
                          -0.1658115678194635, 1.016175767840596}) < tolerance);
    CHECK(relative_error(trained<AdamW>(AdamWOptions{.lr = 0.1, .betas = {0.8, 0.95}, .eps = 0.1, .weight_decay = 0.5}),
                         {0.4767999997274174, -1.007214814393777, 1.517933281224658, -0.01925714250004627,
                          -0.1451515166588127, 0.7361533095758793}) < tolerance);
}

TEST_CASE("every kernel table takes the same optimizer steps", "[optim]") {
    const std::string in_use = kernels().name;
    const AdamWOptions adam{.lr = 0.1, .betas = {0.8, 0.95}, .eps = 0.1, .weight_decay = 0.5};
    const SGDOptions with_velocity{.lr = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.05};
    const SGDOptions without{.lr = 0.1, .weight_decay = 0.05};
    use_kernels("reference");
    const auto expected_adam = trained<AdamW>(adam), expected_with = trained<SGD>(with_velocity),
               expected_without = trained<SGD>(without);
    for (const Kernels* table : runnable_kernels()) {
        use_kernels(table->name);
        INFO(table->name);
        CHECK(relative_error(trained<AdamW>(adam), expected_adam) < tolerance);
        CHECK(relative_error(trained<SGD>(with_velocity), expected_with) < tolerance);
        CHECK(relative_error(trained<SGD>(without), expected_without) < tolerance);
    }
    use_kernels(in_use);
}

TEST_CASE("a step applies the gradients and lets them go", "[optim]") {
    const NamedParameter w = named("w", {3});
    SGD sgd(std::vector{w}, {.lr = 0.5});
    Tape tape;
    tape.backward(sum(multiply(w.parameter, w.parameter)));  // the gradient is 2w = 6
    sgd.step();
    REQUIRE(w.parameter.value().item() == 0);
    REQUIRE_FALSE(w.parameter.grad().defined());
    sgd.step();
    REQUIRE(w.parameter.value().item() == 0);
}

TEST_CASE("several backward passes before one step train with the sum of their gradients", "[optim]") {
    const NamedParameter w = named("w", {4});
    SGD sgd(std::vector{w}, {.lr = 1});
    for (const double factor : {2.0, -0.5}) {
        Tape tape;
        tape.backward(sum(scale(w.parameter, factor)));
    }
    sgd.step();
    REQUIRE(w.parameter.value().item() == 2.5);
}

TEST_CASE("gradients can be dropped without a step", "[optim]") {
    NamedParameter w = named("w", {4});
    SGD sgd(std::vector{w}, {.lr = 1});
    w.parameter.set_grad(Tensor::of({1}, {2}));
    sgd.clear_gradients();
    sgd.step();
    REQUIRE(w.parameter.value().item() == 4);
}

TEST_CASE("a parameter without a gradient keeps its value and its momentum, decay or not", "[optim]") {
    const NamedParameter frozen = named("frozen", kStart), other = named("other", kStart),
                         alone = named("alone", kStart);
    const SGDOptions options{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.05};
    SGD sgd(std::vector{frozen, other}, options), expected(std::vector{alone}, options);
    Var w = frozen.parameter;
    take_steps(sgd, w, 0, 2);
    const Tensor value = w.value().clone();

    w.set_needs_gradient(false);
    take_steps(sgd, other.parameter, 0, 3);
    REQUIRE(same_bits(w.value(), value));
    w.set_needs_gradient(true);
    take_steps(sgd, w, 2, 5);
    take_steps(expected, alone.parameter, 0, 5);
    REQUIRE(same_bits(w.value(), alone.parameter.value()));
}

TEST_CASE("Adam counts the steps of each parameter", "[optim]") {
    const NamedParameter early = named("early", kStart), late = named("late", kStart);
    Adam adam(std::vector{early, late}, {.lr = 0.1});
    take_steps(adam, early.parameter, 0, 5);
    take_steps(adam, late.parameter, 0, 5);
    REQUIRE(same_bits(early.parameter.value(), late.parameter.value()));
}

TEST_CASE("a new learning rate holds from the next step on", "[optim]") {
    NamedParameter w = named("w", {4});
    SGD sgd(std::vector{w}, {.lr = 1});
    sgd.set_lr(0.25);
    REQUIRE(sgd.lr() == 0.25);
    w.parameter.set_grad(Tensor::of({1}, {2}));
    sgd.step();
    REQUIRE(w.parameter.value().item() == 3.5);
}

TEST_CASE("a group scales the learning rate and the decay of its parameters", "[optim]") {
    NamedParameter plain = named("plain", {4}), slow = named("slow", {4}), kept = named("kept", {4});
    SGD sgd({{.parameters = {plain}},
             {.parameters = {slow}, .lr_scale = 0.5},
             {.parameters = {kept}, .weight_decay_scale = 0}},
            {.lr = 0.5, .weight_decay = 0.25});
    for (NamedParameter* each : {&plain, &slow, &kept}) each->parameter.set_grad(Tensor::of({1}, {1}));
    sgd.step();
    REQUIRE(plain.parameter.value().item() == 3);   // 4 - 0.5 (1 + 0.25 · 4)
    REQUIRE(slow.parameter.value().item() == 3.5);  // 4 - 0.25 (1 + 0.25 · 4)
    REQUIRE(kept.parameter.value().item() == 3.5);  // 4 - 0.5 · 1
}

TEST_CASE("a decay of a group's own takes the place of the common one", "[optim]") {
    NamedParameter own = named("own", {4});
    SGD sgd({{.parameters = {own}, .weight_decay_scale = 0, .weight_decay = 0.5}}, {.lr = 0.5, .weight_decay = 0.25});
    own.parameter.set_grad(Tensor::of({1}, {1}));
    sgd.step();
    REQUIRE(own.parameter.value().item() == 2.5);  // 4 - 0.5 (1 + 0.5 · 4)
}

TEST_CASE("L1 adds the sign of a parameter to its gradient, and nothing at 0", "[optim]") {
    NamedParameter w = named("w", {4, -4, 0});
    SGD sgd({{.parameters = {w}, .l1 = 0.25}}, {.lr = 0.5, .momentum = 0.5});
    const auto step = [&] {
        w.parameter.set_grad(Tensor::of({3}, {1, 1, 1}));
        sgd.step();
    };
    step();
    REQUIRE(w.parameter.value().values()[0] == 3.375);   // 4 - 0.5 (1 + 0.25)
    REQUIRE(w.parameter.value().values()[1] == -4.375);  // -4 - 0.5 (1 - 0.25)
    REQUIRE(w.parameter.value().values()[2] == -0.5);    // 0 - 0.5 · 1
    step();
    REQUIRE(w.parameter.value().values()[0] == 2.4375);   // - 0.5 (0.5 · 1.25 + 1.25)
    REQUIRE(w.parameter.value().values()[1] == -4.9375);  // - 0.5 (0.5 · 0.75 + 0.75)
    REQUIRE(w.parameter.value().values()[2] == -1.125);   // - 0.5 (0.5 · 1 + 0.75)
}

TEST_CASE("Adam scales an L1 penalty with the gradient, and AdamW does too", "[optim]") {
    // The first step is lr in the direction of the gradient, which l1 turns round.
    NamedParameter a = named("a", {4}), b = named("b", {4});
    Adam adam({{.parameters = {a}, .l1 = 2}}, {.lr = 0.5});
    AdamW adamw({{.parameters = {b}, .l1 = 2}}, {.lr = 0.5, .weight_decay = 0});
    for (NamedParameter* each : {&a, &b}) each->parameter.set_grad(Tensor::of({1}, {-1}));
    adam.step(), adamw.step();
    REQUIRE(near(a.parameter.value().item(), 3.5, 1e-6));
    REQUIRE(near(b.parameter.value().item(), 3.5, 1e-6));
}

TEST_CASE("a parameter that must not be negative stops at 0, and L1 keeps it there", "[optim]") {
    NamedParameter w = named("w", {1, 4, 0.125});
    SGD sgd({{.parameters = {w}, .l1 = 0.25, .nonnegative = true}}, {.lr = 1});
    w.parameter.set_grad(Tensor::of({3}, {8, 1, 0}));
    sgd.step();
    REQUIRE(w.parameter.value().values()[0] == 0);
    REQUIRE(w.parameter.value().values()[1] == 2.75);  // 4 - (1 + 0.25)
    REQUIRE(w.parameter.value().values()[2] == 0);
    w.parameter.set_grad(Tensor::of({3}, {-2, 0, 0}));
    sgd.step();
    REQUIRE(w.parameter.value().values()[0] == 2);  // 0 has no sign: the gradient alone
    REQUIRE(w.parameter.value().values()[1] == 2.5);
    REQUIRE(w.parameter.value().values()[2] == 0);
    w.parameter.set_grad(Tensor::of({3}, {NAN, 0, 0}));
    sgd.step();
    REQUIRE(std::isnan(w.parameter.value().values()[0]));  // a failure stays visible
}

TEST_CASE("an orthogonal step moves a weight as far in each direction of its gradient, however long it is there",
          "[optim]") {
    // A diagonal gradient: its singular values are 4, 1 and 0.25.
    NamedParameter w = named("w", {0, 0, 0, 0, 0, 0, 0, 0, 0}, {3, 3});
    SGD sgd({{.parameters = {w}, .orthogonal = true}}, {.lr = 1});
    w.parameter.set_grad(Tensor::of({3, 3}, {4, 0, 0, 0, -1, 0, 0, 0, 0.25}));
    sgd.step();
    for (Index i = 0; i < 9; ++i) {
        const double moved = w.parameter.value().values()[i];
        if (i % 4 != 0) CHECK(moved == 0);
        if (i % 4 == 0) CHECK((std::abs(moved) > 0.68 && std::abs(moved) < 1.22));
    }
    CHECK(w.parameter.value().values()[0] < 0);
    CHECK(w.parameter.value().values()[4] > 0);
}

TEST_CASE("orthogonal steps are Newton-Schulz's rounds, for wide and for tall weights", "[optim]") {
    const auto by_hand = [](std::vector<double> x, Index rows, Index columns) {
        double squares = 0;
        for (const double each : x) squares += each * each;
        for (double& each : x) each /= std::sqrt(squares);
        for (int round = 0; round < 5; ++round) {
            const auto gram = [&](Index i, Index j) {
                double sum = 0;
                for (Index k = 0; k < columns; ++k) sum += x[i * columns + k] * x[j * columns + k];
                return sum;
            };
            std::vector<double> next(x.size(), 0.0);
            for (Index i = 0; i < rows; ++i)
                for (Index j = 0; j < rows; ++j) {
                    double p = (i == j ? 3.4445 : 0) - 4.7750 * gram(i, j);
                    for (Index k = 0; k < rows; ++k) p += 2.0315 * gram(i, k) * gram(k, j);
                    for (Index c = 0; c < columns; ++c) next[i * columns + c] += p * x[j * columns + c];
                }
            x = next;
        }
        return x;
    };
    constexpr Index kRows = 3, kColumns = 8;
    Tensor wide = Tensor::zeros({kRows, kColumns, 1, 1}), tall = Tensor::zeros({kColumns, kRows});
    for (Index i = 0; i < kRows * kColumns; ++i) {
        const auto value = static_cast<Scalar>(std::sin(static_cast<double>(i * i)));
        wide.mutable_data()[i] = value;
        tall.mutable_data()[i % kColumns * kRows + i / kColumns] = value;
    }
    std::vector<double> start;
    for (const Scalar value : wide.values()) start.push_back(value);
    const std::vector<double> expected = by_hand(start, kRows, kColumns);
    const Tensor of_wide = orthogonalized(wide), of_tall = orthogonalized(tall);
    REQUIRE(of_wide.shape() == wide.shape());
    for (Index i = 0; i < kRows * kColumns; ++i) {
        CHECK(near(of_wide.values()[i], expected[i], 1e-4));
        CHECK(near(of_tall.values()[i % kColumns * kRows + i / kColumns], expected[i], 1e-4));
    }
    REQUIRE(orthogonalized(Tensor::zeros({2, 3})).values()[5] == 0);
}

TEST_CASE("an orthogonal step follows the momentum, and decays the weight itself", "[optim]") {
    // A weight of one row: what is left of a step is its sign, times what the rounds make of 1.
    const double one = orthogonalized(Tensor::of({1, 1}, {1})).item();
    NamedParameter w = named("w", {4}, {1, 1});
    SGD sgd({{.parameters = {w}, .weight_decay = 0.5, .orthogonal = true}}, {.lr = 0.25, .momentum = 0.5});
    w.parameter.set_grad(Tensor::of({1, 1}, {8}));
    sgd.step();
    REQUIRE(near(w.parameter.value().item(), 4 - 0.25 * (one + 0.5 * 4), 1e-6));
    const double before = w.parameter.value().item();
    w.parameter.set_grad(Tensor::of({1, 1}, {-1}));  // v = 0.5 · 8 - 1 still points up
    sgd.step();
    REQUIRE(near(w.parameter.value().item(), before - 0.25 * (one + 0.5 * before), 1e-6));
}

TEST_CASE("orthogonal steps are for matrices, and for SGD", "[optim]") {
    const ParameterGroups groups = {{.parameters = {named("fc.bias", {1, 2})}, .orthogonal = true}};
    REQUIRE(contains(error_of([&] { SGD(groups, {.lr = 1}); }), "fc.bias is (2)"));
    REQUIRE(contains(error_of([&] { Adam(groups, {.lr = 1}); }), "orthogonal steps are SGD's"));
}

TEST_CASE("norms and biases can be left out of the decay", "[optim]") {
    Sequential model(Conv2d({.in = 2, .out = 3}), BatchNorm2d({.num_features = 3}),
                     LayerNorm({.normalized_shape = {3, 2, 2}}), Flatten(), Linear({.in = 12, .out = 2}));
    const ParameterGroups groups = without_norm_and_bias_decay(model);
    REQUIRE(groups.size() == 2);
    REQUIRE(names_of(groups[0]) == std::vector<std::string>{"0.weight", "4.weight"});
    REQUIRE(groups[0].weight_decay_scale == 1);
    REQUIRE(names_of(groups[1]) ==
            std::vector<std::string>{"0.bias", "1.weight", "1.bias", "2.weight", "2.bias", "4.bias"});
    REQUIRE(groups[1].weight_decay_scale == 0);
}

TEST_CASE("an optimizer changes the model that its parameters were taken from", "[optim]") {
    Linear model({.in = 1, .out = 1, .bias = false});
    model.weight.mutable_value().copy_from(Tensor::of({1, 1}, {2}));
    SGD sgd(without_norm_and_bias_decay(model), {.lr = 0.5});
    Tape tape;
    tape.backward(sum(model(Tensor::of({1, 1}, {3}))));
    sgd.step();
    REQUIRE(model.weight.value().item() == 0.5);
}

TEST_CASE("a resumed optimizer goes on bit for bit", "[optim]") {
    check_resume<SGD>(SGDOptions{.lr = 0.1});
    check_resume<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.25, .weight_decay = 0.05});
    check_resume<Adam>(AdamOptions{.lr = 0.1, .weight_decay = 0.05});
    check_resume<AdamW>(AdamWOptions{.lr = 0.1});
}

TEST_CASE("the state is named after the parameters", "[optim]") {
    const NamedParameter w = named("fc.weight", kStart);
    Adam adam(std::vector{w}, {.lr = 0.1});
    take_steps(adam, w.parameter, 0, 2);
    const State state = state_of(adam);
    REQUIRE(state.tensors.size() == 2);
    REQUIRE(state.tensors[0].name == "fc.weight.exp_avg");
    REQUIRE(state.tensors[1].name == "fc.weight.exp_avg_sq");
    REQUIRE(state.counters.size() == 1);
    REQUIRE(state.counters[0].name == "fc.weight.step");
    REQUIRE(state.counters[0].value == 2);

    SGD sgd(std::vector{w}, {.momentum = 0.9});
    REQUIRE(state_of(sgd).tensors.at(0).name == "fc.weight.momentum");
}

TEST_CASE("SGD without momentum remembers nothing", "[optim]") {
    SGD sgd(std::vector{named("w", kStart)}, {.lr = 0.1});
    REQUIRE(state_of(sgd).tensors.empty());
    REQUIRE(state_of(sgd).counters.empty());
}

TEST_CASE("a state that does not fit is refused as a whole, with every difference", "[optim]") {
    SGD larger(std::vector{named("a", {1}), named("b", {1, 2})}, {.momentum = 0.9});
    const NamedParameter b = named("b", {1, 2, 3});
    SGD smaller(std::vector{b, named("c", {1})}, {.momentum = 0.9});
    const std::string error = error_of([&] { load_state(smaller, state_of(larger)); });
    CHECK(contains(error, "[load_state]"));
    CHECK(contains(error, "missing: c.momentum, c.step"));
    CHECK(contains(error, "unexpected: a.momentum, a.step"));
    CHECK(contains(error, "b.momentum: (2), expected (3)"));
}

TEST_CASE("a parameter that is listed twice is named", "[optim]") {
    const NamedParameter w = named("conv1.weight", {1}), other = named("fc.weight", {1});
    REQUIRE(error_of([&] {
                SGD({{.parameters = {w, other}}, {.parameters = {w}}}, {});
            }) == "[SGD] parameter conv1.weight is listed twice");
    const NamedParameter tied{"head.weight", w.parameter, nullptr};
    REQUIRE(error_of([&] {
                AdamW(std::vector{w, tied}, {});
            }) == "[AdamW] parameter head.weight is listed twice: it is the same tensor as conv1.weight");
}

TEST_CASE("an optimizer without parameters is an error", "[optim]") {
    Flatten model;
    REQUIRE(error_of([&] { SGD(parameters(model), {}); }) == "[SGD] there are no parameters to learn");
}

TEST_CASE("impossible options of SGD are errors", "[optim]") {
    CHECK(error_of_sgd({}) == "");
    CHECK(error_of_sgd({.lr = -0.1}) == "[SGD] lr must be a number of at least 0, got -0.1");
    CHECK(error_of_sgd({.lr = NAN}) == "[SGD] lr must be a number of at least 0, got nan");
    CHECK(error_of_sgd({.momentum = 1}) == "[SGD] momentum must be in [0, 1), got 1");
    CHECK(error_of_sgd({.momentum = -0.5}) == "[SGD] momentum must be in [0, 1), got -0.5");
    CHECK(error_of_sgd({.momentum = 0.9, .dampening = 2}) == "[SGD] dampening must be in [0, 1], got 2");
    CHECK(error_of_sgd({.nesterov = true}) ==
          "[SGD] nesterov needs momentum and no dampening, got momentum 0, dampening 0");
    CHECK(error_of_sgd({.momentum = 0.9, .dampening = 0.5, .nesterov = true}) ==
          "[SGD] nesterov needs momentum and no dampening, got momentum 0.9, dampening 0.5");
    CHECK(error_of_sgd({.weight_decay = -1}) == "[SGD] weight_decay must be a number of at least 0, got -1");
    SGD sgd(std::vector{named("w", {1})}, {});
    CHECK(error_of([&] { sgd.set_lr(-1); }) == "[SGD] lr must be a number of at least 0, got -1");
}

TEST_CASE("impossible options of Adam are errors", "[optim]") {
    CHECK(error_of_adam({}) == "");
    CHECK(error_of_adam({.betas = {1, 0.9}}) == "[Adam] betas must be in [0, 1), got 1 and 0.9");
    CHECK(error_of_adam({.betas = {0.9, -1}}) == "[Adam] betas must be in [0, 1), got 0.9 and -1");
    CHECK(error_of_adam({.eps = -1}) == "[Adam] eps must be a number of at least 0, got -1");
    CHECK(error_of_adam({.weight_decay = -1}) == "[Adam] weight_decay must be a number of at least 0, got -1");
}

TEST_CASE("impossible scales of a group are errors", "[optim]") {
    const NamedParameter w = named("w", {1});
    const auto error = [&](const ParameterGroup& group) { return error_of([&] { AdamW({group}, {}); }); };
    CHECK(error({{w}, -1, 1}) == "[AdamW] lr_scale must be a number of at least 0, got -1");
    CHECK(error({{w}, 1, -1}) == "[AdamW] weight_decay_scale must be a number of at least 0, got -1");
}

TEST_CASE("clipping shortens all gradients together to the norm that is allowed", "[optim]") {
    NamedParameter a = named("a", {0, 0}), b = named("b", {0}), unused = named("unused", {0});
    a.parameter.set_grad(Tensor::of({2}, {2, 3}));
    b.parameter.set_grad(Tensor::of({1}, {-6}));
    REQUIRE(clip_grad_norm({a, b, unused}, 3.5) == 7);  // √(4 + 9 + 36)
    const double factor = 3.5 / (7 + 1e-6);
    REQUIRE(relative_error(a.parameter.grad().values(),
                           {static_cast<Scalar>(2 * factor), static_cast<Scalar>(3 * factor)}) < tolerance);
    REQUIRE(relative_error(b.parameter.grad().values(), {static_cast<Scalar>(-6 * factor)}) < tolerance);
    REQUIRE_FALSE(unused.parameter.grad().defined());
}

TEST_CASE("clipping leaves gradients within the norm as they are", "[optim]") {
    NamedParameter a = named("a", {0, 0});
    a.parameter.set_grad(Tensor::of({2}, {3, 4}));
    REQUIRE(clip_grad_norm({a}, 5.1) == 5);
    REQUIRE(a.parameter.grad().values() == std::vector<Scalar>{3, 4});
    REQUIRE(clip_grad_norm({named("b", {1})}, 1) == 0);
}

TEST_CASE("clipping scales a gradient that two parameters share only once", "[optim]") {
    const NamedParameter a = named("a", {1}), b = named("b", {1});
    Tape tape;
    tape.backward(sum(scale(add(a.parameter, b.parameter), 3)));
    REQUIRE(a.parameter.grad().data() == b.parameter.grad().data());
    clip_grad_norm({a, b}, 1e-3);
    const auto each = static_cast<Scalar>(3 * 1e-3 / (std::sqrt(18.0) + 1e-6));
    REQUIRE(relative_error(a.parameter.grad().values(), {each}) < tolerance);
    REQUIRE(relative_error(b.parameter.grad().values(), {each}) < tolerance);
}

TEST_CASE("the norm that clipping reports is a sum in double", "[optim]") {
    NamedParameter a = named("a", std::vector<Scalar>(1'000'003, Scalar{0.5}));
    a.parameter.set_grad(a.parameter.value());
    REQUIRE(clip_grad_norm({a}, 1000) == std::sqrt(0.25 * 1'000'003));
}

TEST_CASE("a norm that is not finite is reported", "[optim]") {
    NamedParameter a = named("a", {0, 0});
    a.parameter.set_grad(Tensor::of({2}, {1, NAN}));
    REQUIRE(std::isnan(clip_grad_norm({a}, 1)));
    REQUIRE(error_of([&] { clip_grad_norm({a}, -1); }) ==
            "[clip_grad_norm] max_norm must be a number of at least 0, got -1");
}
