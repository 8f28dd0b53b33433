#include <cmath>

#include "framework/state.h"
#include "layers/layers.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

std::unique_ptr<Module> model_of(const std::string& json) {
    return make_model(Json::parse(json), {3, 16, 16}, 10);
}

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
        {"type": "gelu", "approximate": "tanh"}, {"type": "batch_renorm2d", "r_max": 2}, {"type": "ghost_batch_norm2d", "virtual_batch_size": 1},
        {"type": "l1_batch_norm2d", "momentum": 0.2},
        {"type": "layer_norm"}, {"type": "silu"}, {"type": "rms_norm"},
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
    const std::string norm = GENERATE("batch", "sync_batch", "batch_renorm", "ghost_batch", "l1_batch", "group",
                                      "layer", "instance", "rms", "none");
    const auto model = model_of("{\"arch\": \"" + arch + "\", \"norm\": \"" + norm + "\"}");
    REQUIRE(model->forward(noise({2, 3, 16, 16}, 1)).shape() == Shape{2, 10});
}

TEST_CASE("the number in a resnet's name is that of its layers, shortcuts aside", "[factory]") {
    const int depth = GENERATE(8, 14, 20, 32, 44, 56);
    const auto model = model_of("{\"arch\": \"resnet" + std::to_string(depth) + "\"}");
    const auto counts = [](const NamedParameter& each) {
        return each.name == "fc.weight" || (contains(each.name, "conv") && each.name.ends_with(".weight"));
    };
    REQUIRE(std::ranges::count_if(parameters(*model), counts) == depth);
}

TEST_CASE("Keras's convention reads momentum the other way round and has Keras's defaults", "[factory]") {
    const auto norm = [](const std::string& json) { return parse_norm(Json::parse(json), "norm"); };
    const Norm keras = norm(R"({"convention": "keras"})");
    REQUIRE(keras.eps == 1e-3);
    REQUIRE(keras.momentum == 0.01);
    REQUIRE(keras.biased_running_var);
    const Norm given = norm(R"({"convention": "keras", "momentum": 0.75, "eps": 0.5, "biased_running_var": false})");
    REQUIRE(given.momentum == 0.25);
    REQUIRE(given.eps == 0.5);
    REQUIRE_FALSE(given.biased_running_var);
    REQUIRE_FALSE(norm(R"({"convention": "keras", "momentum": null})").momentum);
    REQUIRE(norm(R"({"convention": "pytorch"})").momentum == 0.1);
    REQUIRE(norm(R"({"type": "group", "convention": "keras"})").eps == 1e-3);
}

TEST_CASE("Keras's convention reads Keras's names, with the same result", "[factory]") {
    const auto norm = [](const std::string& json) { return to_json(parse_norm(Json::parse(json), "norm")); };
    CHECK(norm(R"({"convention": "keras", "epsilon": 0.5, "gamma_initializer": "zeros", "beta_initializer": 0.25,
                   "moving_mean_initializer": "ones", "moving_variance_initializer": 2})") ==
          norm(R"({"convention": "keras", "eps": 0.5, "gamma_init": 0, "beta_init": 0.25,
                   "running_mean_init": 1, "running_var_init": 2})"));
    CHECK(norm(R"({"convention": "keras"})")["biased_running_var"] == true);
    CHECK(norm(R"({"convention": "keras", "fused": true})")["biased_running_var"] == false);
    CHECK(norm(R"({"convention": "keras", "fused": false})")["biased_running_var"] == true);
    const auto error = [&](const std::string& json) { return error_of([&] { norm(json); }); };
    CHECK(error(R"({"convention": "keras", "eps": 0.5, "epsilon": 0.5})") ==
          "norm.epsilon: and \"eps\" say the same: give one of them");
    CHECK(error(R"({"convention": "keras", "fused": true, "biased_running_var": true})") ==
          "norm.fused: and \"biased_running_var\" say the same: give one of them");
    CHECK(error(R"({"convention": "keras", "gamma_initializer": "glorot"})") ==
          "norm.gamma_initializer: expected a number, \"zeros\" or \"ones\", got \"glorot\"");
    CHECK(error(R"({"convention": "keras", "scale": false, "gamma_initializer": "zeros"})") ==
          "norm.gamma_initializer: needs a scale that is learned");
    CHECK(error(R"({"convention": "keras", "epsilon": -1})") == "norm.epsilon: must be at least 0, got -1");
    CHECK(contains(error(R"({"fused": true})"), "norm.fused: unknown key"));
}

TEST_CASE("a momentum of Keras's is written as the number that is meant", "[factory]") {
    for (const auto& [kept, text] : std::vector<std::pair<double, std::string>>{{0.99, "0.01"},
                                                                                {0.9, "0.1"},
                                                                                {0.999, "0.001"},
                                                                                {0.95, "0.05"},
                                                                                {0.997, "0.003"},
                                                                                {1, "0.0"},
                                                                                {0, "1.0"}}) {
        const Json full = to_json(parse_norm({{"convention", "keras"}, {"momentum", kept}}, "norm"));
        CHECK(full["momentum"].dump() == text);
        CHECK(to_json(parse_norm(full, "norm")) == full);
    }
}

TEST_CASE("scales, offsets and running statistics start from what the config says, and return to it", "[factory]") {
    const auto check = [](const std::string& layer, const std::vector<double>& expected) {
        INFO(layer);
        const auto model = model_of(R"({"layers": [{"type": "conv2d", "out": 4}, )" + layer +
                                    R"(, {"type": "flatten"}, {"type": "linear"}], "norm": {"type": "batch",
                                    "gamma_init": 0.5, "beta_init": -1, "running_mean_init": 2, "running_var_init": 3}})");
        initialize(*model, 1);
        const State state = state_of(*model);
        std::vector<double> found;
        for (const NamedTensor& each : state.tensors)
            if (each.name.starts_with("1.")) {
                for (const Scalar value : each.tensor.values()) REQUIRE(value == each.tensor.values()[0]);
                found.push_back(each.tensor.values()[0]);
            }
        CHECK(found == expected);
        if (RunningStatistics* running = running_statistics(*modules(*model)[2].module)) {
            model->forward(noise({4, 3, 16, 16}, 1));
            CHECK(running->mean.values()[0] != static_cast<Scalar>(expected[2]));
            reset_running_statistics(*model);
            CHECK(running->mean.values()[0] == static_cast<Scalar>(expected[2]));
            CHECK(running->variance.values()[0] == static_cast<Scalar>(expected[3]));
        }
    };
    check(R"({"type": "norm"})", {0.5, -1, 2, 3});
    for (const char* type : {"batch_norm2d", "batch_renorm2d", "ghost_batch_norm2d", "l1_batch_norm2d"})
        check(
            "{\"type\": \"" + std::string(type) + R"(", "gamma_init": 0, "beta_init": 0.25, "running_mean_init": -2})",
            {0, 0.25, -2, 1});
    check(R"({"type": "group_norm", "num_groups": 2, "gamma_init": 0.1, "beta_init": 7})",
          {static_cast<Scalar>(0.1), 7});
    check(R"({"type": "layer_norm", "gamma_init": 2, "beta_init": 7})", {2, 7});
    check(R"({"type": "rms_norm", "gamma_init": 2})", {2});
    check(R"({"type": "instance_norm2d", "affine": true, "track_running_stats": true, "gamma_init": 2,
              "running_var_init": 0.5})",
          {2, 0, 0, 0.5});
}

TEST_CASE("a group norm has the most groups, up to the number given, that divide a layer's channels", "[factory]") {
    const auto groups = [](Index given, Index channels) {
        const auto layer = make_norm({.type = NormType::group, .groups = given}, channels);
        return dynamic_cast<GroupNorm&>(*layer).options.num_groups;
    };
    CHECK(groups(8, 100) == 5);
    CHECK(groups(8, 64) == 8);
    CHECK(groups(8, 3) == 3);
    CHECK(groups(8, 9) == 3);
    CHECK(groups(8, 101) == 1);
    CHECK(contains(error_of([] {
                       model_of(
                           R"({"layers": [{"type": "conv2d", "out": 9}, {"type": "group_norm", "num_groups": 8}]})");
                   }),
                   "model.layers[1]: [GroupNorm] num_groups must divide num_channels: 8 groups, 9 channels"));
}

TEST_CASE("scale and center are affine's, each unless it is given", "[factory]") {
    const auto norm = [](const std::string& json) { return parse_norm(Json::parse(json), "norm"); };
    REQUIRE((norm("{}").scale && norm("{}").center));
    const Norm none = norm(R"({"affine": false})"), center = norm(R"({"affine": false, "center": true})");
    REQUIRE_FALSE((none.scale || none.center));
    REQUIRE((!center.scale && center.center));
}

TEST_CASE("weight standardization reaches every convolution of a model, unless a layer says otherwise", "[factory]") {
    const auto count = [](const std::string& json) {
        const auto model = model_of(json);
        Index with = 0, all = 0;
        for (const auto& [name, module] : modules(*model))
            if (const auto* conv = dynamic_cast<const Conv2d*>(module))
                with += conv->options.weight_standardization, ++all;
        return std::pair(with, all);
    };
    for (const std::string arch : {"lenet", "vgg", "resnet20", "resnet9"}) {
        const auto [with, all] = count("{\"weight_standardization\": true, \"arch\": \"" + arch + "\"}");
        REQUIRE(with == all);
        REQUIRE(all > 0);
        REQUIRE(count("{\"arch\": \"" + arch + "\"}").first == 0);
    }
    const std::string layers = R"("layers": [{"type": "conv2d", "out": 4}, {"type": "conv2d", "out": 4,
        "weight_standardization": false}, {"type": "flatten"}, {"type": "linear"}]})";
    REQUIRE(count("{\"weight_standardization\": true, " + layers) == std::pair<Index, Index>(1, 2));
    REQUIRE(count("{" + layers).first == 0);
}

TEST_CASE("a model's init reaches every convolution and linear layer, unless a layer says otherwise", "[factory]") {
    const auto gains = [](const std::string& json) {
        const auto model = model_of(json);
        std::vector<double> all;
        for (const auto& [name, module] : modules(*model)) {
            if (const auto* conv = dynamic_cast<const Conv2d*>(module)) all.push_back(conv->options.init.gain);
            if (const auto* linear = dynamic_cast<const Linear*>(module)) all.push_back(linear->options.init.gain);
        }
        return all;
    };
    const std::string init = R"("init": {"type": "xavier_normal", "gain": 0.5})";
    for (const std::string arch : {"lenet", "vgg", "resnet20", "resnet9"})
        for (const double gain : gains("{" + init + R"(, "arch": ")" + arch + "\"}")) REQUIRE(gain == 0.5);
    REQUIRE(gains("{" + init + R"(, "layers": [{"type": "conv2d", "out": 4}, {"type": "flatten"},
        {"type": "linear", "init": "standard"}]})") == std::vector<double>{0.5, 1});
}

TEST_CASE("an init is a name, or an object with a gain or a standard deviation", "[factory]") {
    const auto weight_of = [](const std::string& init) {
        const auto model = model_of(R"({"layers": [{"type": "flatten"}, {"type": "linear", "init": )" + init + "}]}");
        initialize(*model, 1);
        return state_of(*model).tensors[0].tensor;
    };
    const auto is_scaled = [](const Tensor& a, double factor, const Tensor& b) {
        for (std::size_t i = 0; i < a.values().size(); ++i)
            if (std::abs(a.values()[i] - factor * b.values()[i]) > 1e-6 * std::abs(a.values()[i])) return false;
        return true;
    };
    REQUIRE(same_bits(weight_of(R"({"type": "kaiming_normal"})"), weight_of(R"("kaiming_normal")")));
    REQUIRE(is_scaled(weight_of(R"({"type": "kaiming_normal", "gain": 3})"), 3, weight_of(R"("kaiming_normal")")));
    REQUIRE(
        is_scaled(weight_of(R"({"type": "normal", "std": 0.01})"), 0.01, weight_of(R"({"type": "normal", "std": 1})")));
}

TEST_CASE("dirac makes a convolution copy its first channels and draws the others as standard does", "[factory]") {
    const auto model_with = [](const std::string& options) {
        auto model = model_of(R"({"layers": [{"type": "conv2d", "kernel": 3, "padding": 1, "bias": false, )" + options +
                              R"(}, {"type": "flatten"}, {"type": "linear"}]})");
        initialize(*model, 1);
        return model;
    };
    const auto layer = [](Module& model) -> Conv2d& { return dynamic_cast<Conv2d&>(*modules(model)[1].module); };
    const Tensor x = noise({2, 3, 16, 16}, 1);
    const auto channel = [](const Tensor& images, Index c) {
        const Index C = images.shape()[1], HW = images.elements() / 2 / C;
        const std::vector<Scalar> values = images.values();
        return std::vector<Scalar>(values.begin() + c * HW, values.begin() + (c + 1) * HW);
    };
    const auto dirac = model_with(R"("out": 5, "init": "dirac")"), standard = model_with(R"("out": 5)");
    const Tensor y = layer(*dirac)(x).value(), drawn = layer(*standard)(x).value();
    for (Index c = 0; c < 3; ++c) REQUIRE(channel(y, c) == channel(x, c));
    for (Index c = 3; c < 5; ++c) REQUIRE(channel(y, c) == channel(drawn, c));

    const auto grouped = model_with(R"("out": 6, "groups": 3, "init": {"type": "dirac", "gain": 2})");
    const Tensor z = layer(*grouped)(x).value();
    for (Index group = 0; group < 3; ++group) {
        std::vector<Scalar> twice = channel(x, group);
        for (Scalar& each : twice) each *= 2;
        REQUIRE(channel(z, 2 * group) == twice);
    }
}

TEST_CASE("what is wrong in a model section is named with its path and the nearest word", "[factory]") {
    struct Wrong {
        std::string json, error;
    };
    const std::vector<Wrong> wrongs = {
        {R"({})", "model: needs either \"arch\" or \"layers\""},
        {R"({"arch": "lenet", "layers": []})", "model: needs either \"arch\" or \"layers\""},
        {R"({"arch": "resnet"})", "model.arch: unknown value \"resnet\"; did you mean \"resnet9\"? known: lenet, vgg"},
        {R"({"arch": "resnet26"})", "model.arch: unknown value \"resnet26\"; did you mean \"resnet20\"?"},
        {R"({"arch": "resnet20", "depth": 8})", "model.depth: unknown key"},
        {R"({"arch": "lenet", "norm": {"zzzzzzzz": 1}})",
         "model.norm.zzzzzzzz: unknown key; known here: type, convention, eps"},
        {R"({"arch": "lenet", "norm": "bach"})", "model.norm.type: unknown value \"bach\"; did you mean \"batch\"?"},
        {R"({"arch": "lenet", "norm": {"type": "batch", "momentun": 1}})",
         "model.norm.momentun: unknown key; did you mean \"momentum\"?"},
        {R"({"arch": "lenet", "norm": "zzzzzzzz"})",
         "model.norm.type: unknown value \"zzzzzzzz\"; known: batch, sync_batch, batch_renorm, ghost_batch"},
        {R"({"arch": "lenet", "norm": {"type": "batch", "virtual_batch_size": 2}})",
         "model.norm.virtual_batch_size: unknown key"},
        {R"({"arch": "lenet", "norm": {"type": "ghost_batch", "r_max": 2}})",
         "model.norm.r_max: is a key of \"type\": \"batch_renorm\", not of \"ghost_batch\""},
        {R"({"arch": "lenet", "norm": {"affine": false, "gamma_init": 0}})",
         "model.norm.gamma_init: needs a scale that is learned"},
        {R"({"arch": "lenet", "norm": {"center": false, "beta_init": 1}})",
         "model.norm.beta_init: needs an offset that is learned"},
        {R"({"arch": "lenet", "norm": {"type": "instance", "running_mean_init": 1}})",
         "model.norm.running_mean_init: needs track_running_stats: there are no running statistics"},
        {R"({"arch": "lenet", "norm": {"type": "group", "running_mean_init": 1}})",
         "model.norm.running_mean_init: is a key of \"type\": \"batch\", "},
        {R"({"arch": "lenet", "norm": {"running_var_init": -1}})",
         "model.norm.running_var_init: must be at least 0, got -1"},
        {R"({"layers": [{"type": "layer_norm", "bias": false, "beta_init": 1}]})",
         "model.layers[0].beta_init: needs an offset that is learned"},
        {R"({"arch": "lenet", "norm": {"type": "batch_renorm", "r_max": 0}})",
         "model.norm.r_max: must be at least 1, got 0"},
        {R"({"arch": "lenet", "norm": {"type": "rms", "center": true}})",
         "model.norm.center: is a key of \"type\": \"batch\", "},
        {R"({"arch": "lenet", "norm": {"convention": "kears"}})",
         "model.norm.convention: unknown value \"kears\"; did you mean \"keras\"?"},
        {R"({"arch": "lenet", "norm": {"convention": "keras", "momentum": 99}})",
         "model.norm.momentum: must be from 0 to 1, or null"},
        {R"({"layers": [{"type": "conv2d", "out": 4, "kernel": 1, "groups": 3}], "weight_standardization": 1})",
         "model.weight_standardization: expected true or false"},
        {R"({"arch": "lenet", "norm": {"type": "batch", "groups": 2}})",
         "model.norm.groups: is a key of \"type\": \"group\", not of \"batch\""},
        {R"({"arch": "lenet", "norm": {"type": "batch", "momentum": 2}})",
         "model.norm.momentum: must be from 0 to 1, or null"},
        {R"({"layers": {}})", "model.layers: expected a list of layers"},
        {R"({"layers": [{"type": "conv2d"}]})", "model.layers[0]: \"out\" is missing"},
        {R"({"layers": [{"type": "conv2d", "outs": 4}]})",
         "model.layers[0].outs: did you mean \"out\", which is missing?"},
        {R"({"layers": [{"type": "convd2"}]})",
         "model.layers[0].type: unknown value \"convd2\"; did you mean \"conv2d\"?"},
        {R"({"layers": [{"type": "conv2d", "out": 4, "kernal": 3}]})",
         "model.layers[0].kernal: unknown key; did you mean \"kernel\"?"},
        {R"({"arch": "lenet", "init": "kaiming"})",
         "model.init.type: unknown value \"kaiming\"; known: standard, kaiming_uniform"},
        {R"({"arch": "lenet", "init": "normal"})", "model.init: \"std\" is missing"},
        {R"({"arch": "lenet", "init": {"type": "normal", "std": -1}})", "model.init.std: must be at least 0, got -1"},
        {R"({"arch": "lenet", "init": {"type": "normal", "std": 1, "gain": 2}})", "model.init.gain: unknown key"},
        {R"({"layers": [{"type": "conv2d", "out": 4, "init": {"gain": 2}}]})",
         "model.layers[0].init: \"type\" is missing"},
        {R"({"layers": [{"type": "conv2d", "out": 4.5}]})", "model.layers[0].out: expected a whole number, got 4.5"},
        {R"({"layers": [{"type": "conv2d", "out": 4, "kernel": 40}]})",
         "model.layers[0]: [conv2d] the kernel is larger than the padded input"},
        {R"({"layers": [{"type": "linear"}]})", "model.layers[0]: [linear] input must be (N,in)"},
        {R"({"layers": [{"type": "residual", "layers": [{"type": "rellu"}]}]})",
         "model.layers[0].layers[0].type: unknown value \"rellu\"; did you mean \"relu\"?"},
        {R"({"layers": [{"type": "flatten"}, {"type": "linear", "out": 7}]})",
         "model.layers: the last layer must give one number for each of the 10 classes, but gives images of shape "
         "(2,7)"},
        {R"({"layers": [{"type": "relu"}, {"type": "conv2d", "out": 10000, "padding": 65536}]})",
         "model.layers[1]: there is not enough memory for this layer"},
    };
    for (const Wrong& wrong : wrongs) {
        INFO(wrong.json);
        CHECK_THAT(error_of([&] { model_of(wrong.json); }), Catch::Matchers::StartsWith(wrong.error));
    }
}

TEST_CASE("who writes another framework's word for an option is told what to write here", "[factory]") {
    const auto in_norm = [](const std::string& options) {
        return error_of([&] { model_of(R"({"arch": "lenet", "norm": )" + options + "}"); });
    };
    CHECK(in_norm(R"({"epsilon": 1})") == "model.norm.epsilon: unknown key; here it is \"eps\"");
    CHECK(in_norm(R"({"num_features": 64})") ==
          "model.norm.num_features: unknown key; it follows from the layers before; leave it out");
    CHECK(in_norm(R"({"renorm": true})") ==
          "model.norm.renorm: unknown key; batch renormalization is the type batch_renorm");
    CHECK(in_norm(R"({"renorm_clipping": {}})") ==
          "model.norm.renorm_clipping: unknown key; batch renormalization is the type batch_renorm, with r_max and "
          "d_max");
    CHECK(in_norm(R"({"type": "batch", "virtual_batch_size": 8})") ==
          "model.norm.virtual_batch_size: unknown key; batch norm over parts of a batch is the type ghost_batch");
    CHECK(in_norm(R"({"axis": -1})") == "model.norm.axis: unknown key; the axis is that of the channels; leave it out");
    CHECK(in_norm(R"({"device": "cuda"})") ==
          "model.norm.device: unknown key; all is computed on the processor; leave it out");
    CHECK(in_norm(R"({"dtype": "float16"})") == "model.norm.dtype: unknown key; all numbers are float32; leave it out");
    CHECK(in_norm(R"({"name": "bn1"})") ==
          "model.norm.name: unknown key; layers are named after their places; leave it out");
    CHECK(in_norm(R"({"type": "group", "num_groups": 8})") ==
          "model.norm.num_groups: unknown key; here it is \"groups\"");
    CHECK(in_norm(R"({"num_groups": 8})") ==
          "model.norm.num_groups: unknown key; the type group has them, as \"groups\"");
    CHECK(in_norm(R"({"fused": true})") ==
          "model.norm.fused: unknown key; \"convention\": \"keras\" reads it; here it is the "
          "opposite of biased_running_var");
    CHECK(in_norm(R"({"gamma_initializer": "ones"})") ==
          "model.norm.gamma_initializer: unknown key; here it is \"gamma_init\"");
    CHECK(in_norm(R"({"gamma_regularizer": "l1"})") ==
          "model.norm.gamma_regularizer: unknown key; optim.groups has weight_decay, l1 and nonnegative for the "
          "parameters "
          "that it names");

    const auto in_layer = [](const std::string& layer) {
        return error_of([&] { model_of(R"({"layers": [)" + layer + "]}"); });
    };
    CHECK(in_layer(R"({"type": "conv2d", "out_channels": 8})") ==
          "model.layers[0].out_channels: here it is \"out\", which is missing");
    CHECK(in_layer(R"({"type": "conv2d", "out": 8, "kernel_size": 3})") ==
          "model.layers[0].kernel_size: unknown key; here it is \"kernel\"");
    CHECK(in_layer(R"({"type": "batch_norm2d", "num_features": 3})") ==
          "model.layers[0].num_features: unknown key; it follows from the layers before; leave it out");
    CHECK(in_layer(R"({"type": "batch_norm2d", "virtual_batch_size": 3})") ==
          "model.layers[0].virtual_batch_size: unknown key; batch norm over parts of a batch is the type "
          "ghost_batch_norm2d");
    CHECK(in_layer(R"({"type": "layer_norm", "dtype": "float"})") ==
          "model.layers[0].dtype: unknown key; all numbers are float32; leave it out");
    CHECK(in_layer(R"({"type": "group_norm", "groups": 2})") ==
          "model.layers[0].groups: here it is \"num_groups\", which is missing");
    CHECK(in_layer(R"({"type": "relu", "epsilon": 2})") ==  // where there is no eps
          "model.layers[0].epsilon: unknown key; known here: type");
}

TEST_CASE("a norm in full has every option of its type, and is read as the same", "[factory]") {
    for (const char* text :
         {R"("batch")", R"({"convention": "keras", "center": false})", R"({"momentum": null})", R"("batch_renorm")",
          R"({"type": "ghost_batch", "virtual_batch_size": 7})", R"({"type": "l1_batch", "momentum": 0.2})",
          R"({"type": "group", "groups": 2})", R"("layer")", R"({"type": "instance", "track_running_stats": true})",
          R"("rms")", R"("none")"}) {
        const Json full = to_json(parse_norm(Json::parse(text), "norm"));
        CHECK(to_json(parse_norm(full, "norm")) == full);
    }
    const Json keras = to_json(parse_norm({{"convention", "keras"}}, "norm"));
    CHECK(keras["eps"] == 1e-3);
    CHECK(std::abs(keras["momentum"].get<double>() - 0.01) < 1e-12);
    CHECK(keras["biased_running_var"] == true);
    CHECK(error_of([] {
              parse_norm({{"type", "group"}, {"groups", -1}}, "model.norm");
          }) == "model.norm.groups: must be at least 1, got -1");
    CHECK(error_of([] { parse_norm({{"eps", -1}}, "model.norm"); }) == "model.norm.eps: must be at least 0, got -1");
}
