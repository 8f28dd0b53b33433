// Every layer with every option that changes numbers, held to PyTorch's: three training steps and one evaluation. The
// files and the inputs come from fixtures/make_fixtures.py, which names the cases as here.
#include <functional>

#include "framework/ops/arithmetic.h"
#include "framework/state.h"
#include "layers/layers.h"
#include "optim/sgd.h"
#include "tests/fixtures/fixture.h"

// clang-format off
// Tables, a line for each case where it fits.

using namespace normlab;
using namespace normlab::test;

namespace {

// The files hold float32, which in the double build is what limits agreement.
constexpr double kLayerTolerance = std::is_same_v<Scalar, float> ? 1e-5 : 1e-6;

struct LayerCase {
    std::string name;
    std::function<std::unique_ptr<Module>()> make;
};

template <class Layer, class Options>
LayerCase with(const std::string& name, const Options& options) {
    return {name, [options] { return std::make_unique<Layer>(options); }};
}
template <class Layer>
LayerCase plain(const std::string& name) {
    return {name, [] { return std::make_unique<Layer>(); }};
}
LayerCase conv(const std::string& name, const Conv2dOptions& options) { return with<Conv2d>(name, options); }
LayerCase batch(const std::string& name, const BatchNorm2dOptions& options) { return with<BatchNorm2d>(name, options); }
LayerCase max(const std::string& name, const MaxPoolOptions& options) { return with<MaxPool2d>(name, options); }
LayerCase average(const std::string& name, const AvgPoolOptions& options) { return with<AvgPool2d>(name, options); }

// An op as a layer.
class Function : public Module {
  public:
    explicit Function(std::function<Var(const Var&)> function) : function_(std::move(function)) {}
    Var forward(const Var& x) override { return function_(x); }
    std::string kind() const override { return "Function"; }

  private:
    std::function<Var(const Var&)> function_;
};
LayerCase function(const std::string& name, std::function<Var(const Var&)> f) { return with<Function>(name, std::move(f)); }

class Concatenation : public Module {
  public:
    Var forward(const Var& x) override { return concatenate({a_(x), x, b_(x)}); }
    void members(Members& m) override { m.child("a", a_), m.child("b", b_); }
    std::string kind() const override { return "Concatenation"; }

  private:
    Conv2d a_{{.in = 4, .out = 3, .kernel = 1}}, b_{{.in = 4, .out = 2, .kernel = 1}};
};

void compare(Fixture& pytorch, const std::string& name, const Tensor& ours) {
    INFO(name);
    CHECK(relative_error(ours, pytorch.take(name)) < kLayerTolerance);
}

void compare_buffers(Fixture& pytorch, const std::string& step, Module& layer) {
    const StateDict all = state_dict(layer);
    for (const auto& [name, tensor] : all.tensors)
        if (name.starts_with("running")) compare(pytorch, step + name, *tensor);
    for (const auto& [name, counter] : all.counters)
        if (layer.kind() != "InstanceNorm2d") CHECK(*counter == pytorch.take_counter(step + name));
}

void three_steps(Fixture& pytorch, const std::string& name, Module& layer) {
    set_initial(name, layer);
    const Shape input = pytorch.shape_of(name + "/0/dx");
    for (int step = 0; step < 3; ++step) {
        const std::string number = std::to_string(step), prefix = name + "/" + number + "/";
        const Var x = Var::parameter(numbers(name + "/x" + number, input, 0.5, 3));
        Tape tape;
        const Var y = layer(x);
        compare(pytorch, prefix + "y", y.value());
        tape.backward(y, numbers(name + "/r" + number, y.shape()));
        compare(pytorch, prefix + "dx", x.grad());
        const std::vector<NamedParameter> learned = parameters(layer);
        for (const NamedParameter& each : learned)
            compare(pytorch, prefix + "gradient of " + each.name, each.parameter.grad());
        if (!learned.empty()) SGD(learned, {.lr = 0.01}).step();
        compare_buffers(pytorch, prefix, layer);
    }
    layer.eval();
    compare(pytorch, name + "/evaluated", layer(numbers(name + "/x3", input, 0.5, 3)).value());
}

void check(const std::string& file, const std::vector<LayerCase>& cases) {
    Fixture pytorch(file);
    for (const LayerCase& each : cases) three_steps(pytorch, each.name, *each.make());
    CHECK(pytorch.left() == std::set<std::string>{});
}

}  // namespace

TEST_CASE("convolutions have PyTorch's numbers", "[pytorch]") {
    check("conv2d", {
        conv("plain", {.in = 4, .out = 6}),
        conv("stride 2", {.in = 4, .out = 6, .stride = 2, .padding = 1}),
        conv("padding 2", {.in = 4, .out = 3, .padding = 2}),
        conv("non-square", {.in = 4, .out = 5, .kernel = {3, 2}, .stride = {2, 1}, .padding = Pair(0, 1),
                            .dilation = {1, 3}}),
        conv("same odd", {.in = 4, .out = 5, .kernel = {3, 5}, .padding = Padding::Same()}),
        conv("same even", {.in = 4, .out = 5, .kernel = {4, 2}, .padding = Padding::Same()}),
        conv("same dilated", {.in = 4, .out = 5, .kernel = {3, 2}, .padding = Padding::Same(), .dilation = {2, 3}}),
        conv("dilation 2", {.in = 4, .out = 6, .padding = 2, .dilation = 2}),
        conv("groups 2", {.in = 4, .out = 6, .padding = 1, .groups = 2}),
        conv("depthwise", {.in = 4, .out = 4, .padding = 1, .groups = 4}),
        conv("depthwise times 2", {.in = 4, .out = 8, .stride = 2, .padding = 1, .groups = 4}),
        conv("no bias", {.in = 4, .out = 6, .padding = 1, .bias = false}),
        conv("1x1", {.in = 4, .out = 7, .kernel = 1}),
        conv("1x1 stride 2", {.in = 4, .out = 7, .kernel = 1, .stride = 2, .bias = false}),
        conv("5x5", {.in = 4, .out = 3, .kernel = 5, .padding = 2}),
        conv("one channel", {.in = 1, .out = 9, .padding = 1}),
    });
}

TEST_CASE("linear layers have PyTorch's numbers", "[pytorch]") {
    check("linear", {
        with<Linear>("plain", LinearOptions{.in = 4, .out = 7}),
        with<Linear>("no bias", LinearOptions{.in = 4, .out = 3, .bias = false}),
        {"flattened", [] { return std::make_unique<Sequential>(Flatten(), Linear({.in = 120, .out = 5})); }},
    });
}

TEST_CASE("batch norms have PyTorch's numbers", "[pytorch]") {
    const auto fixed_statistics = [] {
        auto layer = std::make_unique<BatchNorm2d>(BatchNorm2dOptions{.num_features = 4});
        layer->running.mean.copy_from(Tensor::full({4}, Scalar(0.25)));
        layer->running.variance.copy_from(Tensor::full({4}, 2));
        layer->use_batch_statistics = layer->update_running_statistics = false;
        return layer;
    };
    check("batch_norm", {
        batch("plain", {.num_features = 4}),
        batch("momentum none", {.num_features = 4, .momentum = std::nullopt}),
        batch("momentum 0.3", {.num_features = 4, .momentum = 0.3}),
        batch("eps 0.01", {.num_features = 4, .eps = 1e-2}),
        batch("no affine", {.num_features = 4, .affine = false}),
        batch("no running statistics", {.num_features = 4, .track_running_stats = false}),
        batch("rows", {.num_features = 4}),
        batch("biased running variance", {.num_features = 4, .biased_running_var = true}),
        {"given statistics", fixed_statistics},
    });
}

TEST_CASE("variants of batch norm, and standardized weights, have PyTorch's numbers", "[pytorch]") {
    const auto renorm = [](const std::string& name, const BatchRenorm2dOptions& options) {
        return with<BatchRenorm2d>(name, options);
    };
    const auto ghost = [](const std::string& name, const GhostBatchNorm2dOptions& options) {
        return with<GhostBatchNorm2d>(name, options);
    };
    check("norm_variants", {
        renorm("renorm", {.batch = {.num_features = 4}}),
        renorm("renorm clipped", {.batch = {.num_features = 4}, .r_max = 1.25, .d_max = 0.5}),
        renorm("renorm as batch norm", {.batch = {.num_features = 4}, .r_max = 1, .d_max = 0}),
        renorm("renorm no affine", {.batch = {.num_features = 4, .momentum = 0.3, .affine = false}}),
        ghost("ghost 4 of 8", {.batch = {.num_features = 4}, .virtual_batch_size = 4}),
        ghost("ghost 3 of 8", {.batch = {.num_features = 4, .momentum = std::nullopt}, .virtual_batch_size = 3}),
        ghost("ghost 9 of 8", {.batch = {.num_features = 4}, .virtual_batch_size = 9}),
        ghost("ghost rows", {.batch = {.num_features = 4}, .virtual_batch_size = 3}),
        batch("running statistics that follow", {.num_features = 4, .use_batch_stats = false}),
        {"keras", [] { return make_norm(parse_norm({{"type", "batch"}, {"convention", "keras"}}, "norm"), 4); }},
        batch("scale alone", {.num_features = 4, .center = false}),
        batch("offset alone", {.num_features = 4, .scale = false}),
        conv("standardized weights", {.in = 4, .out = 3, .padding = 1, .weight_standardization = true}),
        conv("standardized weights, groups", {.in = 4, .out = 6, .kernel = {2, 1}, .groups = 2, .bias = false,
                                              .weight_standardization = true}),
    });
}

TEST_CASE("norms within one image have PyTorch's numbers", "[pytorch]") {
    const Shape image{4, 6, 5};
    check("image_norms", {
        with<GroupNorm>("group 1", GroupNormOptions{.num_groups = 1, .num_channels = 4}),
        with<GroupNorm>("group 2", GroupNormOptions{.num_groups = 2, .num_channels = 4}),
        with<GroupNorm>("group 4", GroupNormOptions{.num_groups = 4, .num_channels = 4, .eps = 1e-2}),
        with<GroupNorm>("group no affine", GroupNormOptions{.num_groups = 2, .num_channels = 4, .affine = false}),
        with<GroupNorm>("group rows", GroupNormOptions{.num_groups = 2, .num_channels = 8}),
        with<LayerNorm>("layer", LayerNormOptions{.normalized_shape = image}),
        with<LayerNorm>("layer no affine",
                        LayerNormOptions{.normalized_shape = image, .eps = 1e-2, .elementwise_affine = false}),
        with<LayerNorm>("layer no bias", LayerNormOptions{.normalized_shape = image, .bias = false}),
        with<LayerNorm>("layer rows", LayerNormOptions{.normalized_shape = {4}}),
        with<InstanceNorm2d>("instance", InstanceNorm2dOptions{.num_features = 4, .eps = 1e-2}),
        with<InstanceNorm2d>("instance affine", InstanceNorm2dOptions{.num_features = 4, .affine = true}),
        with<InstanceNorm2d>("instance running statistics",
                             InstanceNorm2dOptions{.num_features = 4, .momentum = 0.3, .affine = true,
                                                   .track_running_stats = true}),
        with<RMSNorm>("rms", RMSNormOptions{.num_channels = 4}),
        with<RMSNorm>("rms no affine", RMSNormOptions{.num_channels = 4, .eps = 1e-2, .affine = false}),
        with<RMSNorm>("rms rows", RMSNormOptions{.num_channels = 4}),
    });
}

TEST_CASE("activations have PyTorch's numbers", "[pytorch]") {
    check("activations", {
        plain<ReLU>("relu"),
        plain<LeakyReLU>("leaky relu"),
        with<LeakyReLU>("leaky relu 0.2", LeakyReLU::Options{.negative_slope = 0.2}),
        plain<Sigmoid>("sigmoid"),
        plain<Tanh>("tanh"),
        plain<GELU>("gelu"),
        with<GELU>("gelu tanh", GELU::Options{.tanh_approximation = true}),
        plain<SiLU>("silu"),
    });
}

TEST_CASE("pooling has PyTorch's numbers", "[pytorch]") {
    check("pooling", {
        max("max 2", {}),
        max("max 3 stride 2 padding 1", {.kernel = 3, .stride = 2, .padding = 1}),
        max("max non-square", {.kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0}}),
        max("max dilation 2", {.kernel = 3, .stride = 1, .padding = 1, .dilation = 2}),
        max("max ceil", {.ceil_mode = true}),
        max("max ceil padding", {.kernel = 3, .stride = 3, .padding = 1, .ceil_mode = true}),
        max("max ceil beyond the image", {.kernel = {7, 2}, .stride = {2, 0}, .ceil_mode = true}),
        average("average 2", {}),
        average("average 3 stride 2 padding 1", {.kernel = 3, .stride = 2, .padding = 1}),
        average("average non-square", {.kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0}}),
        average("average without padding's zeros",
                {.kernel = 3, .stride = 2, .padding = 1, .count_include_pad = false}),
        average("average ceil", {.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true}),
        average("average ceil without padding's zeros",
                {.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false}),
        average("average ceil beyond the image",
                {.kernel = {8, 7}, .stride = 3, .padding = {0, 1}, .ceil_mode = true}),
        average("average divisor 5", {.kernel = 3, .stride = 2, .padding = 1, .divisor_override = 5}),
        plain<GlobalAvgPool2d>("global average"),
        plain<GlobalMaxPool2d>("global maximum"),
    });
}

TEST_CASE("sums, concatenations and losses have PyTorch's numbers", "[pytorch]") {
    const auto residual = [] {
        return std::make_unique<Residual>(Sequential(Conv2d({.in = 4, .out = 4, .padding = 1}), ReLU()));
    };
    const auto residual_with_shortcut = [] {
        return std::make_unique<Residual>(Sequential(Conv2d({.in = 4, .out = 6, .stride = 2, .padding = 1})),
                                          Sequential(Conv2d({.in = 4, .out = 6, .kernel = 1, .stride = 2})));
    };
    check("arithmetic", {
        plain<Flatten>("flatten"),
        function("scale", [](const Var& x) { return scale(x, 2.5); }),
        {"residual", residual},
        {"residual with shortcut", residual_with_shortcut},
        plain<Concatenation>("concatenation"),
        function("cross-entropy", [](const Var& x) { return cross_entropy(x, make_labels(5, 4)); }),
        function("cross-entropy smoothed", [](const Var& x) { return cross_entropy(x, make_labels(5, 4), 0.1); }),
        function("squared error", [](const Var& x) { return mse(x, numbers("target", x.shape())); }),
    });
}

// The gradients are PyTorch's; its loss is infinite, as the logarithms are taken in float.
TEST_CASE("cross entropy with label smoothing is finite for the largest logits", "[pytorch]") {
    const Var logits = Var::parameter(Tensor::of({1, 3}, {Scalar(3e38), Scalar(-3e38), 0}));
    Tape tape;
    const Var loss = cross_entropy(logits, {0}, 0.1);
    tape.backward(loss);
    REQUIRE(near(loss.value().item(), 0.1 / 3 * 9e38, 1e-6));
    REQUIRE(relative_error(logits.grad().values(), {Scalar(0.2 / 3), Scalar(-0.1 / 3), Scalar(-0.1 / 3)}) < 1e-6);
}
