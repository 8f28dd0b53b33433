#include "lab/model/summary.h"

#include "framework/state.h"
#include "layers/factory.h"
#include "layers/models/models.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;

namespace {

Index sum_of(const std::vector<LayerSummary>& layers, Index LayerSummary::*what) {
    Index sum = 0;
    for (const LayerSummary& each : layers) sum += each.*what;
    return sum;
}

}  // namespace

TEST_CASE("a layer's output, parameters, buffers and multiply-adds", "[summary]") {
    Sequential net = lenet({.image = {1, 28, 28}});
    const auto layers = summarize(net, {1, 28, 28});
    REQUIRE(layers.size() == 13);
    REQUIRE(layers[0].name == "0.0");
    REQUIRE(layers[0].kind == "Conv2d");
    REQUIRE(layers[0].output == Shape{32, 28, 28});
    REQUIRE(layers[0].parameters == 32 * 9);
    REQUIRE(layers[0].multiply_adds == 32 * 9 * 28 * 28);
    REQUIRE(layers[1].kind == "BatchNorm2d");
    REQUIRE(layers[1].parameters == 64);
    REQUIRE(layers[1].buffers == 64 + 1);  // mean, variance, and the count of batches
    REQUIRE(layers[3].output == Shape{32, 14, 14});
    REQUIRE(layers.back().output == Shape{10});
    REQUIRE(layers.back().multiply_adds == 128 * 10);
}

TEST_CASE("resnet20 has the size that its paper's formula gives", "[summary]") {
    ResNet net({.image = {3, 32, 32}});
    const auto layers = summarize(net, {3, 32, 32});
    // Stages of 16, 32, 64 channels on 32², 16², 8² pixels: each but the first begins with half the channels in, and
    // with a 1x1 convolution beside.
    const Index same = 16 * 16 * 9 * 1024, first = same / 2, beside = 16 * 32 * 256;
    REQUIRE(sum_of(layers, &LayerSummary::multiply_adds) ==
            3 * 16 * 9 * 1024 + 6 * same + 2 * (first + 5 * same + beside) + 64 * 10);
    REQUIRE(sum_of(layers, &LayerSummary::parameters) == count_parameters(net));
    REQUIRE(count_parameters(net) == 272474);  // PyTorch counts as many in the twin of fixtures/make_fixtures.py
}

TEST_CASE("a summary leaves the model in the mode and with the statistics that it had", "[summary]") {
    ResNet net({.image = {3, 32, 32}}, 8);
    net.train();
    summarize(net, {3, 32, 32});
    for (const auto& [name, module] : modules(net)) REQUIRE(module->training());
    const State state = state_of(net);
    for (const NamedCounter& counter : state.counters) REQUIRE(counter.value == 0);
}

TEST_CASE("a listener hears every module, those inside first, and ends with its scope", "[module]") {
    Sequential net{Sequential{Flatten()}, Identity()};
    std::vector<std::string> heard;
    const Tensor x = Tensor::zeros({1, 2, 2, 2});
    {
        const ForwardListener listener(
            [&](Module& module, const Var&, const Var& y) { heard.push_back(module.kind() + y.shape().text()); });
        net(x);
    }
    net(x);
    REQUIRE(heard == std::vector<std::string>{"Flatten(1,8)", "Sequential(1,8)", "Identity(1,8)", "Sequential(1,8)"});
}

TEST_CASE("the table ends with totals", "[summary]") {
    Sequential net = lenet({.image = {1, 28, 28}});
    const std::string table = summary_table(summarize(net, {1, 28, 28}));
    REQUIRE(table.starts_with("layer  kind         output      parameters  buffers  multiply-adds\n"));
    REQUIRE(test::contains(table, "\n0.0    Conv2d       (32,28,28)         288                 225,792\n"));
    REQUIRE(test::contains(table, "\ntotal                              421,738      194      4,241,152\n"));
}
