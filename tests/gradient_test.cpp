// Every op with every option against finite differences. In the double build this is a proof to nine digits; in float
// it guards the float kernels' plumbing.
#include "framework/gradcheck.h"
#include "framework/ops/arithmetic.h"
#include "framework/ops/loss.h"
#include "framework/ops/pointwise.h"
#include "framework/ops/softmax.h"
#include "layers/layers.h"
#include "tests/catch.h"
#include "tests/support.h"

// clang-format off
// Tables, a line for each case where it fits.

using namespace normlab;
using namespace normlab::test;

namespace {

// Numbers that keep a distance of 1/8 from each other and 1/16 from zero: no kink within reach of a difference.
Tensor spread(const Shape& shape, std::uint64_t seed) {
    const Index count = shape.elements();
    std::vector<std::pair<double, Scalar>> shuffled;
    for (Index i = 0; i < count; ++i)
        shuffled.emplace_back(random_uniform({seed, 1}, 0, static_cast<std::uint64_t>(i)),
                              (static_cast<Scalar>(i - count / 2) + Scalar{0.5}) / 8);
    std::ranges::sort(shuffled);
    std::vector<Scalar> values;
    for (const auto& [key, value] : shuffled) values.push_back(value);
    return Tensor::of(shape, values);
}

struct Case {
    std::string name;
    std::function<Var()> compute;
    std::vector<Var> inputs;
};

void check(const std::vector<Case>& cases) {
    for (const Case& each : cases) {
        DYNAMIC_SECTION(each.name) { CHECK(gradient_error(each.compute, each.inputs) < gradient_tolerance()); }
    }
}

Case conv_case(const std::string& name, Shape x, Shape w, bool bias, ConvOptions options) {
    const Var input = Var::parameter(noise(x, 1)), weight = Var::parameter(noise(w, 2));
    const Var b = bias ? Var::parameter(noise({w[0]}, 3)) : Var();
    std::vector<Var> inputs = {input, weight};
    if (bias) inputs.push_back(b);
    return {name, [=] { return conv2d(input, weight, b, options); }, inputs};
}

// A layer on an input, with respect to the input and all parameters.
Case layer_case(const std::string& name, std::shared_ptr<Module> layer, Tensor x) {
    const Var input = Var::parameter(std::move(x));
    std::vector<Var> inputs = {input};
    std::uint64_t seed = 10;
    for (NamedParameter& each : parameters(*layer)) {
        each.parameter.mutable_value().copy_from(noise(each.parameter.shape(), seed++, 1, 0.5));
        inputs.push_back(each.parameter);
    }
    return {name, [=] { return layer->forward(input); }, inputs};
}

template <class Layer, class... Given>
std::shared_ptr<Module> make(const Given&... given) {
    return std::make_shared<Layer>(given...);
}

}  // namespace

TEST_CASE("conv2d's gradients are its derivatives", "[gradient]") {
    check({
        conv_case("plain", {2, 3, 5, 4}, {4, 3, 3, 3}, true, {}),
        conv_case("without bias", {2, 3, 4, 4}, {2, 3, 3, 3}, false, {}),
        conv_case("padding", {2, 3, 4, 5}, {2, 3, 3, 3}, true, {.padding = 1}),
        conv_case("unequal padding and kernel", {1, 2, 5, 4}, {3, 2, 3, 1}, true, {.padding = Pair(2, 0)}),
        conv_case("stride 2", {2, 3, 6, 5}, {4, 3, 3, 3}, true, {.stride = 2, .padding = 1}),
        conv_case("unequal stride", {1, 2, 7, 7}, {3, 2, 3, 3}, true, {.stride = Pair(3, 2)}),
        conv_case("stride beyond the kernel", {1, 3, 7, 8}, {3, 3, 1, 1}, true, {.stride = 3}),
        conv_case("dilation", {1, 2, 7, 6}, {3, 2, 3, 3}, true, {.padding = 1, .dilation = 2}),
        conv_case("stride and dilation", {1, 2, 8, 9}, {3, 2, 3, 3}, true, {.stride = 2, .padding = 2, .dilation = 2}),
        conv_case("same padding, odd kernel", {1, 2, 4, 5}, {3, 2, 3, 5}, true, {.padding = Padding::Same()}),
        conv_case("same padding, even kernel", {1, 2, 4, 5}, {3, 2, 2, 4}, true, {.padding = Padding::Same()}),
        conv_case("groups", {2, 4, 4, 4}, {6, 2, 3, 3}, true, {.padding = 1, .groups = 2}),
        conv_case("depthwise", {2, 5, 5, 4}, {5, 1, 3, 3}, true, {.stride = 2, .padding = 1, .groups = 5}),
        conv_case("kernel larger than the image", {1, 2, 2, 3}, {2, 2, 5, 5}, true, {.padding = 2}),
        conv_case("one pixel", {1, 3, 1, 1}, {2, 3, 1, 1}, true, {}),
    });
}

TEST_CASE("the gradients of standardized weights are their derivatives", "[gradient]") {
    check({
        layer_case("plain", make<Conv2d>(Conv2dOptions{.in = 3, .out = 4, .weight_standardization = true}),
                   noise({2, 3, 5, 4}, 1)),
        layer_case("groups", make<Conv2d>(Conv2dOptions{.in = 4, .out = 6, .kernel = 1, .groups = 2, .bias = false,
                                                        .weight_standardization = true}),
                   noise({2, 4, 3, 3}, 1)),
    });
}

TEST_CASE("linear's gradients are its derivatives", "[gradient]") {
    check({
        layer_case("with bias", make<Linear>(LinearOptions{.in = 5, .out = 3}), noise({4, 5}, 1)),
        layer_case("without bias", make<Linear>(LinearOptions{.in = 5, .out = 3, .bias = false}), noise({1, 5}, 1)),
    });
}

TEST_CASE("arithmetic's gradients are its derivatives", "[gradient]") {
    const Var a = Var::parameter(noise({2, 3, 2, 2}, 1)), b = Var::parameter(noise({2, 3, 2, 2}, 2)),
              c = Var::parameter(noise({2, 1, 2, 2}, 3)), away_from_zero = Var::parameter(spread({2, 3, 2, 2}, 4));
    check({
        {"add", [=] { return add(a, b); }, {a, b}},
        {"add a value to itself", [=] { return add(a, a); }, {a}},
        {"multiply", [=] { return multiply(a, b); }, {a, b}},
        {"multiply a value by itself", [=] { return multiply(a, a); }, {a}},
        {"subtract", [=] { return a - b; }, {a, b}},
        {"divide", [=] { return a / away_from_zero; }, {a, away_from_zero}},
        {"divide a value by itself", [=] { return away_from_zero / away_from_zero * a; }, {a}},
        {"divide a constant", [=] { return 1 / away_from_zero; }, {away_from_zero}},
        {"negate", [=] { return -a; }, {a}},
        {"scale", [=] { return scale(a, -2.5); }, {a}},
        {"sum", [=] { return sum(a); }, {a}},
        {"mean", [=] { return mean(a); }, {a}},
        {"concatenate", [=] { return concatenate({a, c, b}); }, {a, b, c}},
        {"flatten", [=] { return flatten(a); }, {a}},
    });
}

TEST_CASE("the gradient of a value that was repeated is the sum over its copies", "[gradient]") {
    const Var x = Var::parameter(noise({2, 3, 4, 5}, 1)), pixels = Var::parameter(noise({2, 1, 4, 5}, 2)),
              channels = Var::parameter(noise({3, 1, 1}, 3)), widths = Var::parameter(noise({5}, 4)),
              plane = Var::parameter(noise({4, 1}, 5)), number = Var::parameter(spread({}, 6));
    check({
        {"an axis of 1", [=] { return x + pixels; }, {x, pixels}},
        {"an axis of 1 on the left", [=] { return pixels - x; }, {x, pixels}},
        {"missing axes", [=] { return x * channels; }, {x, channels}},
        {"a row", [=] { return x * widths; }, {x, widths}},
        {"a column", [=] { return plane * x; }, {x, plane}},
        {"a number", [=] { return x / number; }, {x, number}},
        {"both sides", [=] { return pixels * channels; }, {pixels, channels}},
        {"both sides, of two and three axes", [=] { return channels - plane; }, {channels, plane}},
        {"broadcast", [=] { return broadcast(plane, {2, 3, 4, 5}); }, {plane}},
        {"sum_to channels", [=] { return sum_to(x, {3, 1, 1}); }, {x}},
        {"sum_to the last axis", [=] { return sum_to(x, {5}); }, {x}},
        {"mean_to pixels", [=] { return mean_to(x, {2, 1, 4, 5}); }, {x}},
    });
}

TEST_CASE("the gradients of functions of one number are their derivatives", "[gradient]") {
    const Var x = Var::parameter(noise({2, 3}, 1)), positive = Var::parameter(noise({2, 3}, 2, 5, 0.5));
    check({
        {"exp", [=] { return exp(x); }, {x}},
        {"log", [=] { return log(positive); }, {positive}},
        {"pow, a square", [=] { return pow(x, 2); }, {x}},
        {"pow, a root", [=] { return pow(positive, 0.5); }, {positive}},
        {"pointwise", [=] { return pointwise("sin", x, [](double v) { return std::sin(v); },
                                             [](double v, double) { return std::cos(v); }); }, {x}},
    });
}

TEST_CASE("softmax's gradients are its derivatives", "[gradient]") {
    const Var rows = Var::parameter(noise({4, 5}, 1)), images = Var::parameter(noise({2, 3, 2, 2}, 2));
    check({
        {"softmax of rows", [=] { return softmax(rows); }, {rows}},
        {"softmax of each pixel", [=] { return softmax(images); }, {images}},
        {"log_softmax of rows", [=] { return log_softmax(rows); }, {rows}},
        {"log_softmax of each pixel", [=] { return log_softmax(images); }, {images}},
    });
}

TEST_CASE("the activations' gradients are their derivatives", "[gradient]") {
    const Tensor x = spread({2, 3, 4, 2}, 1);
    check({
        layer_case("relu", make<ReLU>(), x),
        layer_case("leaky relu", make<LeakyReLU>(LeakyReLU::Options{.negative_slope = 0.2}), x),
        layer_case("sigmoid", make<Sigmoid>(), x),
        layer_case("tanh", make<Tanh>(), x),
        layer_case("gelu", make<GELU>(), x),
        layer_case("gelu, tanh form", make<GELU>(GELU::Options{.tanh_approximation = true}), x),
        layer_case("silu", make<SiLU>(), x),
    });
}

TEST_CASE("the pools' gradients are their derivatives", "[gradient]") {
    const Tensor x = spread({2, 3, 5, 7}, 1);
    check({
        layer_case("max", make<MaxPool2d>(MaxPoolOptions{.kernel = 2}), x),
        layer_case("max, overlapping and padded",
                   make<MaxPool2d>(MaxPoolOptions{.kernel = 3, .stride = 2, .padding = 1}), x),
        layer_case("max, dilated", make<MaxPool2d>(MaxPoolOptions{.kernel = 2, .stride = 1, .dilation = 2}), x),
        layer_case("max, ceil mode", make<MaxPool2d>(MaxPoolOptions{.kernel = Pair(2, 3), .ceil_mode = true}), x),
        layer_case("mean", make<AvgPool2d>(AvgPoolOptions{.kernel = 2}), x),
        layer_case("mean, padded", make<AvgPool2d>(AvgPoolOptions{.kernel = 3, .stride = 2, .padding = 1}), x),
        layer_case("mean, padding not counted",
                   make<AvgPool2d>(AvgPoolOptions{.kernel = 3, .stride = 2, .padding = 1, .count_include_pad = false}), x),
        layer_case("mean, ceil mode",
                   make<AvgPool2d>(AvgPoolOptions{.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true}), x),
        layer_case("mean, divisor given", make<AvgPool2d>(AvgPoolOptions{.kernel = 2, .divisor_override = 3}), x),
        layer_case("global mean", make<GlobalAvgPool2d>(), x),
        layer_case("global max", make<GlobalMaxPool2d>(), x),
    });
}

TEST_CASE("the norms' gradients are their derivatives", "[gradient]") {
    const Tensor x = noise({4, 6, 3, 2}, 1, 0.5, 2), rows = noise({5, 6}, 2, -1, 2);
    const Tensor far_apart = spread({4, 6, 3, 2}, 3);  // no number is near its channel's mean
    const auto evaluating = [](std::shared_ptr<Module> layer) {
        layer->forward(noise({4, 6, 3, 2}, 5, 1, 2));  // running statistics to evaluate with
        layer->eval();
        return layer;
    };
    const auto follows = std::make_shared<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .momentum = 0.0});
    follows->use_batch_statistics = false;
    const auto ghost_of = [](Index images) {
        return GhostBatchNorm2dOptions{.batch = {.num_features = 6}, .virtual_batch_size = images};
    };
    const BatchRenorm2dOptions renorm{.batch = {.num_features = 6, .momentum = 0.0}, .r_max = 1.1, .d_max = 0.01};
    BatchRenorm2dOptions renorm_without_affine = renorm;
    renorm_without_affine.batch.affine = false;
    check({
        layer_case("batch", make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6}), x),
        layer_case("batch, rows", make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6}), rows),
        layer_case("batch, no affine", make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .affine = false}), x),
        layer_case("batch, large eps", make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .eps = 0.5}), x),
        layer_case("batch, no running statistics",
                   make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .track_running_stats = false}), x),
        layer_case("batch, evaluating", evaluating(make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6})), x),
        layer_case("batch, evaluating, no affine",
                   evaluating(make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .affine = false})), x),
        layer_case("batch, normalizing with running statistics that follow", follows, x),
        layer_case("batch, scale alone", make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .center = false}), x),
        layer_case("batch, offset alone", make<BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .scale = false}), x),
        layer_case("ghost", make<GhostBatchNorm2d>(ghost_of(2)), x),
        layer_case("ghost, a smaller last part", make<GhostBatchNorm2d>(ghost_of(3)), x),
        layer_case("ghost, rows", make<GhostBatchNorm2d>(ghost_of(3)), rows),
        layer_case("ghost, evaluating", evaluating(make<GhostBatchNorm2d>(ghost_of(3))), x),
        // r and d are constants where they are clipped: the mean and the deviation of x are far from 0 and 1.
        layer_case("renorm, clipped", make<BatchRenorm2d>(renorm), x),
        layer_case("renorm, clipped, no affine", make<BatchRenorm2d>(renorm_without_affine), x),
        layer_case("renorm, evaluating", evaluating(make<BatchRenorm2d>(renorm)), x),
        layer_case("l1", make<L1BatchNorm2d>(BatchNorm2dOptions{.num_features = 6}), far_apart),
        layer_case("l1, rows", make<L1BatchNorm2d>(BatchNorm2dOptions{.num_features = 3}), spread({5, 3}, 3)),
        layer_case("l1, no affine", make<L1BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .affine = false}), far_apart),
        layer_case("l1, large eps", make<L1BatchNorm2d>(BatchNorm2dOptions{.num_features = 6, .eps = 0.5}), far_apart),
        layer_case("l1, evaluating", evaluating(make<L1BatchNorm2d>(BatchNorm2dOptions{.num_features = 6})), x),
        layer_case("group, scale alone",
                   make<GroupNorm>(GroupNormOptions{.num_groups = 3, .num_channels = 6, .center = false}), x),
        layer_case("group, one", make<GroupNorm>(GroupNormOptions{.num_groups = 1, .num_channels = 6}), x),
        layer_case("group, three", make<GroupNorm>(GroupNormOptions{.num_groups = 3, .num_channels = 6}), x),
        layer_case("group, no affine",
                   make<GroupNorm>(GroupNormOptions{.num_groups = 2, .num_channels = 6, .affine = false}), x),
        layer_case("group, rows", make<GroupNorm>(GroupNormOptions{.num_groups = 2, .num_channels = 6}), rows),
        layer_case("layer", make<LayerNorm>(LayerNormOptions{.normalized_shape = {6, 3, 2}}), x),
        layer_case("layer, no bias", make<LayerNorm>(LayerNormOptions{.normalized_shape = {6, 3, 2}, .bias = false}), x),
        layer_case("layer, no affine",
                   make<LayerNorm>(LayerNormOptions{.normalized_shape = {6, 3, 2}, .elementwise_affine = false}), x),
        layer_case("layer, rows", make<LayerNorm>(LayerNormOptions{.normalized_shape = {6}}), rows),
        layer_case("instance", make<InstanceNorm2d>(InstanceNorm2dOptions{.num_features = 6, .affine = true}), x),
        layer_case("instance, no affine", make<InstanceNorm2d>(InstanceNorm2dOptions{.num_features = 6}), x),
        layer_case("instance, evaluating with running statistics",
                   evaluating(make<InstanceNorm2d>(InstanceNorm2dOptions{.num_features = 6, .track_running_stats = true})),
                   x),
        layer_case("rms", make<RMSNorm>(RMSNormOptions{.num_channels = 6}), x),
        layer_case("rms, no affine", make<RMSNorm>(RMSNormOptions{.num_channels = 6, .affine = false}), x),
        layer_case("rms, rows", make<RMSNorm>(RMSNormOptions{.num_channels = 6}), rows),
    });
}

TEST_CASE("dropout's gradients are its derivatives", "[gradient]") {
    const Var x = Var::parameter(noise({3, 4, 2, 2}, 1));
    check({
        {"dropout", [=] { return dropout(x, 0.4, {1, 2}, 3); }, {x}},
        {"dropout2d", [=] { return dropout2d(x, 0.4, {1, 2}, 3); }, {x}},
    });
}

TEST_CASE("the losses' gradients are their derivatives", "[gradient]") {
    const Var logits = Var::parameter(noise({4, 5}, 1));
    const Labels labels = {0, 4, 2, 2};
    const std::vector<double> weights = {0.5, 1, 2, 1, 0};
    check({
        {"cross-entropy", [=] { return cross_entropy(logits, labels); }, {logits}},
        {"cross-entropy, smoothed labels", [=] { return cross_entropy(logits, labels, 0.1); }, {logits}},
        {"cross-entropy, class weights", [=] { return cross_entropy(logits, labels, 0.1, weights); }, {logits}},
        {"mean squared error", [=] { return mse(logits, noise({4, 5}, 2)); }, {logits}},
    });
}

TEST_CASE("the containers' gradients are their derivatives", "[gradient]") {
    const Conv2dOptions conv{.in = 4, .out = 4, .padding = 1};
    check({
        layer_case("residual", std::make_shared<Residual>(Sequential(Conv2d(conv), Tanh())), noise({2, 4, 3, 3}, 1)),
        layer_case("residual with a shortcut",
                   std::make_shared<Residual>(Sequential(Conv2d(conv), Tanh()), Sequential(Conv2d(conv))),
                   noise({2, 4, 3, 3}, 1)),
    });
}

TEST_CASE("a wrong backward is found", "[gradient]") {
    const Var x = Var::parameter(noise({3}, 1));
    const auto wrong = [=] {
        return Tape::record("wrong", multiply(x, x).value(), {x}, [=](const Tensor& dy) { x.gradient().add(dy); });
    };
    REQUIRE(gradient_error(wrong, {x}) > 0.1);
}
