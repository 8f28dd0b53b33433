// Weights that were prepared for a model that evaluates: never out of date, and the same bits as ones prepared anew.
#include <functional>
#include <thread>

#include "framework/deferred.h"
#include "framework/kernels/kernels.h"
#include "framework/ops/conv2d.h"
#include "framework/ops/loss.h"
#include "framework/state.h"
#include "framework/support/pool.h"
#include "framework/support/threads.h"
#include "layers/layers.h"
#include "layers/models/models.h"
#include "optim/optim.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

constexpr Index kSide = 16;

// Convolutions with and without a norm and a bias, with strides, groups and dilation, and a linear layer.
Sequential net_of_all_kinds() {
    Sequential net(Conv2d({.in = 3, .out = 20, .padding = 1, .bias = false}), BatchNorm2d({.num_features = 20}), ReLU(),
                   Conv2d({.in = 20, .out = 24, .stride = 2, .padding = 1}));
    net.append(Conv2d({.in = 24, .out = 24, .padding = 1, .groups = 24})).append(BatchNorm2d({.num_features = 24}));
    net.append(Conv2d({.in = 24, .out = 48, .padding = 1, .groups = 6}));
    net.append(Conv2d({.in = 48, .out = 32, .padding = 2, .dilation = 2})).append(BatchNorm2d({.num_features = 32}));
    net.append(Residual(
        Sequential(Conv2d({.in = 32, .out = 32, .padding = 1, .bias = false}), BatchNorm2d({.num_features = 32}))));
    net.append(Flatten()).append(Linear({.in = 32 * kSide * kSide / 4, .out = 10}));
    return net;
}

Tensor one_image() {
    return noise({1, 3, kSide, kSide}, 2);
}

void learn(Sequential& net, Optimizer& optimizer) {
    net.train();
    Tape tape;
    tape.backward(cross_entropy(net(noise({4, 3, kSide, kSide}, 3)), {0, 1, 2, 3}));
    optimizer.step();
    net.eval();
}

// What a net answers that has the same state and never answered before.
Tensor answer_of_another(Sequential& net) {
    Sequential other = net_of_all_kinds();
    load_state(other, state_of(net));
    other.eval();
    return other(one_image()).value();
}

Var& weight_of_first(Sequential& net) {
    return dynamic_cast<Conv2d&>(*modules(net)[1].module).weight;
}

}  // namespace

TEST_CASE("a model that evaluates notices every way in which its weights can change", "[evaluation]") {
    Sequential net = net_of_all_kinds(), other = net_of_all_kinds();
    initialize(net, 1), initialize(other, 2);
    SGD sgd(parameters(net), {.lr = 0.1});
    Adam adam(parameters(net), {.lr = 0.01});
    auto& norm = dynamic_cast<BatchNorm2d&>(*modules(net)[2].module);
    const std::vector<std::pair<const char*, std::function<void()>>> changes = {
        {"a step of SGD", [&] { learn(net, sgd); }},
        {"a step of Adam", [&] { learn(net, adam); }},
        {"loading", [&] { load_state(net, state_of(other)); }},
        {"initializing", [&] { initialize(net, 5); }},
        {"writing a number", [&] { weight_of_first(net).mutable_value().mutable_data()[7] += 1; }},
        {"another tensor", [&] { weight_of_first(net).mutable_value() = noise(weight_of_first(net).shape(), 8); }},
        {"a norm's weight", [&] { norm.weight.mutable_value().mutable_data()[3] = 2; }},
        {"a norm's bias", [&] { norm.bias.mutable_value().mutable_data()[3] = 2; }},
        {"running statistics",
         [&] { norm.running.mean.mutable_data()[1] = 3, norm.running.variance.mutable_data()[1] = 4; }},
        {"a norm's eps", [&] { norm.options.eps = 0.5; }},
    };
    net.eval();
    Tensor before = net(one_image()).value();
    for (const auto& [name, change] : changes) {
        INFO(name);
        change();
        const Tensor first = net(one_image()).value(), second = net(one_image()).value();
        CHECK_FALSE(same_bits(first, before));
        CHECK(same_bits(second, first));
        if (std::string(name) != "a norm's eps") CHECK(same_bits(first, answer_of_another(net)));
        before = first;
    }
}

TEST_CASE("weights that were prepared serve only the shape, scale and kernels that they were prepared for",
          "[evaluation]") {
    const Tensor weight = noise({16, 16, 3, 3}, 1), large = noise({1, 16, 20, 20}, 2), small = noise({1, 16, 5, 5}, 3);
    const auto of = [&](const Tensor& x, const ConvOptions& options) { return conv2d(x, weight, {}, options).value(); };
    const auto anew = [&](const Tensor& x, const ConvOptions& options) {
        return conv2d(x, weight.clone(), {}, options).value();
    };
    for (int round = 0; round < 2; ++round)
        for (const Tensor& x : {large, small})
            for (const ConvOptions& options : {ConvOptions{}, ConvOptions{.stride = 2}, ConvOptions{.padding = 1}})
                CHECK(same_bits(of(x, options), anew(x, options)));
    for (const Kernels* table : runnable_kernels()) {
        const KernelsInUse use(*table);
        CHECK(same_bits(of(large, {}), anew(large, {})));
    }
    BatchNorm2d one({.num_features = 16}), two({.num_features = 16, .gamma_init = 3});
    one.eval(), two.eval();
    Conv2d conv({.in = 16, .out = 16, .bias = false});
    conv.weight = Var(weight);
    for (BatchNorm2d* norm : {&one, &two, &one}) {
        const auto both = [&] {
            const FusionScope scope;
            return Tensor((*norm)(conv(large)).value());
        };
        const Tensor found = both();
        conv.weight = Var(weight.clone());
        CHECK(same_bits(found, both()));
        conv.weight = Var(weight);
    }
}

TEST_CASE("one image gives the same bits with any number of threads, also from threads at once", "[evaluation]") {
    const ThreadCount restored(1);
    for (const std::string name : {"lenet", "vgg", "resnet20", "resnet9"}) {
        const Index channels = name == "lenet" ? 1 : 3, side = name == "lenet" ? 28 : 32;
        const std::unique_ptr<Module> model = make_model({{"arch", name}}, {channels, side, side}, 10);
        initialize(*model, 1);
        model->eval();
        const Tensor x = noise({1, channels, side, side}, 2);
        set_threads(1);
        const Tensor alone = (*model)(x).value();
        INFO(name);
        for (const int count : {1, 2, 3, 8}) {
            set_threads(count);
            CHECK(same_bits((*model)(x).value(), alone));
        }
        for (NamedParameter& each : parameters(*model)) each.parameter.mutable_value().mutable_data();
        std::vector<Tensor> found(4);
        {
            std::vector<std::jthread> callers;
            for (Tensor& y : found) callers.emplace_back([&] { y = (*model)(x).value(); });
        }
        for (const Tensor& y : found) CHECK(same_bits(y, alone));
    }
}

TEST_CASE("prepared weights take memory until the weights are written to", "[evaluation]") {
    Conv2d conv({.in = 64, .out = 64, .padding = 1});
    const Tensor x = noise({1, 64, 8, 8}, 1);
    const auto in_use = [] { return pool_statistics().bytes_in_use; };
    const auto before = in_use();
    conv(x);
    const auto after = in_use();
    CHECK(after > before);
    for (int i = 0; i < 3; ++i) conv(x);
    CHECK(in_use() == after);
    conv.weight.mutable_value().mutable_data();
    CHECK(in_use() == before);
    conv(noise({64, 64, 8, 8}, 1));  // many pixels
    CHECK(in_use() == before);
    const Tape tape;  // the weights are about to change
    conv(x);
    CHECK(conv.weight.value().derived() == nullptr);
}
