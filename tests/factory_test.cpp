#include "framework/state.h"
#include "layers/layers.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

std::unique_ptr<Module> model_of(const std::string& json) { return make_model(Json::parse(json), {3, 16, 16}, 10); }

}  // namespace

TEST_CASE("input sizes are inferred from layer to layer", "[factory]") {
    const auto model = model_of(R"({"layers": [
        {"type": "conv2d", "out": 8, "kernel": 3, "stride": 2, "bias": false}, {"type": "norm"}, {"type": "relu"},
        {"type": "max_pool2d"}, {"type": "flatten"}, {"type": "linear", "out": 20}, {"type": "tanh"},
        {"type": "linear"}]})");
    const State state = state_of(*model);
    REQUIRE(state.tensors[0].tensor.shape() == Shape{8, 3, 3, 3});
    REQUIRE(state.tensors[1].tensor.shape() == Shape{8});
    REQUIRE(state.tensors[5].name == "5.weight");
    REQUIRE(state.tensors[5].tensor.shape() == Shape{20, 72});  // 8 channels of 3x3
    REQUIRE(model->forward(noise({2, 3, 16, 16}, 1)).shape() == Shape{2, 10});
}

TEST_CASE("a config can name every layer", "[factory]") {
    const auto model = model_of(R"({"norm": {"type": "group", "groups": 4}, "layers": [
        {"type": "conv2d", "out": 8, "kernel": [3, 5], "padding": "same", "init": "kaiming_normal"}, {"type": "norm"},
        {"type": "leaky_relu", "negative_slope": 0.2}, {"type": "batch_norm2d", "momentum": null}, {"type": "sigmoid"},
        {"type": "group_norm", "num_groups": 2}, {"type": "tanh"}, {"type": "instance_norm2d", "affine": true},
        {"type": "gelu", "approximate": "tanh"}, {"type": "layer_norm"}, {"type": "silu"}, {"type": "rms_norm"},
        {"type": "dropout2d", "p": 0.1}, {"type": "avg_pool2d", "kernel": 2, "divisor_override": 3},
        {"type": "residual", "layers": [{"type": "conv2d", "out": 16, "padding": 1, "stride": 2}],
         "shortcut": [{"type": "conv2d", "out": 16, "kernel": 1, "stride": 2}]},
        {"type": "identity"}, {"type": "global_max_pool2d"}, {"type": "global_avg_pool2d"}, {"type": "flatten"},
        {"type": "dropout"}, {"type": "linear", "bias": false}]})");
    REQUIRE(model->forward(noise({2, 3, 16, 16}, 1)).shape() == Shape{2, 10});
    REQUIRE(model->training());
}

TEST_CASE("a config can name every net, with every norm", "[factory]") {
    const std::string arch = GENERATE("lenet", "vgg", "resnet20", "resnet9");
    const std::string norm = GENERATE("batch", "group", "layer", "instance", "rms", "none");
    const auto model = model_of("{\"arch\": \"" + arch + "\", \"norm\": \"" + norm + "\"}");
    REQUIRE(model->forward(noise({2, 3, 16, 16}, 1)).shape() == Shape{2, 10});
}

TEST_CASE("resnet20's depth is an option", "[factory]") {
    const auto layers = [](const std::string& json) { return parameters(*model_of(json)).size(); };
    REQUIRE(layers(R"({"arch": "resnet20", "depth": 8})") == layers(R"({"arch": "resnet20"})") - 36);
}

TEST_CASE("what is wrong in a model section is named with its path and the nearest word", "[factory]") {
    struct Wrong {
        std::string json, error;
    };
    const std::vector<Wrong> wrongs = {
        {R"({})", "model: needs either \"arch\" or \"layers\""},
        {R"({"arch": "lenet", "layers": []})", "model: needs either \"arch\" or \"layers\""},
        {R"({"arch": "resnet"})", "model.arch: unknown value \"resnet\"; did you mean \"resnet9\"? known: lenet, vgg"},
        {R"({"arch": "vgg", "depth": 8})", "model.depth: unknown key"},
        {R"({"arch": "resnet20", "depth": 9})", "model: [resnet] depth must be 6n + 2"},
        {R"({"arch": "resnet20", "depth": "8"})", "model.depth: expected a whole number, got \"8\""},
        {R"({"arch": "lenet", "norm": "bach"})", "model.norm.type: unknown value \"bach\"; did you mean \"batch\"?"},
        {R"({"arch": "lenet", "norm": {"type": "batch", "momentun": 1}})",
         "model.norm.momentun: unknown key; did you mean \"momentum\"?"},
        {R"({"arch": "lenet", "norm": {"type": "batch", "groups": 2}})", "model.norm.groups: unknown key"},
        {R"({"arch": "lenet", "norm": {"type": "batch", "momentum": 2}})", "model: [BatchNorm2d] momentum must be in [0, 1]"},
        {R"({"layers": {}})", "model.layers: expected a list of layers"},
        {R"({"layers": [{"type": "conv2d"}]})", "model.layers[0]: \"out\" is missing"},
        {R"({"layers": [{"type": "convd2"}]})", "model.layers[0].type: unknown value \"convd2\"; did you mean \"conv2d\"?"},
        {R"({"layers": [{"type": "conv2d", "out": 4, "kernal": 3}]})",
         "model.layers[0].kernal: unknown key; did you mean \"kernel\"?"},
        {R"({"layers": [{"type": "conv2d", "out": 4.5}]})", "model.layers[0].out: expected a whole number, got 4.5"},
        {R"({"layers": [{"type": "conv2d", "out": 4, "kernel": 40}]})",
         "model.layers[0]: [conv2d] the kernel is larger than the padded input"},
        {R"({"layers": [{"type": "linear"}]})", "model.layers[0]: [linear] input must be (N,in)"},
        {R"({"layers": [{"type": "residual", "layers": [{"type": "rellu"}]}]})",
         "model.layers[0].layers[0].type: unknown value \"rellu\"; did you mean \"relu\"?"},
        {R"({"layers": [{"type": "flatten"}, {"type": "linear", "out": 7}]})",
         "model.layers: the last layer must give one number for each of the 10 classes, but gives images of shape (2,7)"},
    };
    for (const Wrong& wrong : wrongs) {
        INFO(wrong.json);
        CHECK_THAT(error_of([&] { model_of(wrong.json); }), Catch::Matchers::StartsWith(wrong.error));
    }
}
