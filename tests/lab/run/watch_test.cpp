#include "lab/run/watch.h"

#include <cmath>

#include "framework/state.h"
#include "framework/support/files.h"
#include "lab/run/watcher.h"
#include "layers/layers.h"
#include "optim/sgd.h"
#include "tests/catch.h"
#include "tests/lab/small_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

struct WatchedPlace : TemporaryFolder {
    WatchedPlace() { write_small_set(*this / "set"); }
    Json config(const Json& watch) const {
        Json config = small_config(*this / "set");
        config["watch"] = watch;
        return config;
    }
};

std::vector<Index> steps_of(const std::vector<Look>& looks) {
    std::vector<Index> steps;
    for (const Look& look : looks) steps.push_back(look.step);
    return steps;
}

// A look at one step of a net of one norm, which learns from `images`.
Look look_at(Module& net, const Tensor& images, const Labels& labels, double lr = 0.1) {
    const TemporaryFolder folder;
    Watcher watcher(WatchConfig{1}, {folder.path()}, net);
    const Batch batch{.images = images, .labels = labels};
    watcher.begin_step(1);
    watcher.evaluate(batch, 0, {});
    {
        Tape tape;
        const Var loss = cross_entropy(watcher.forward([&] { return net(images); }), labels);
        watcher.note_loss(loss.value().item());
        tape.backward(loss);
    }
    const auto learned = parameters(net);
    watcher.before_update(learned);
    SGD(learned, {.lr = lr}).step();
    watcher.after_update(1, learned);
    watcher.write();
    return read_looks(folder.path()).at(0);
}

}  // namespace

TEST_CASE("a run looks at its first step and then at regular steps", "[watch]") {
    const WatchedPlace place;
    run_small(place.config({{"every", 4}}), place / "run");  // 14 steps
    const std::vector<Look> looks = read_looks(place / "run");
    REQUIRE(steps_of(looks) == std::vector<Index>{1, 4, 8, 12});
    REQUIRE(looks[0].epoch == 1);
    REQUIRE(looks[2].epoch == 2);
    for (const Look& look : looks) {
        REQUIRE(look.layers.size() == 1);
        REQUIRE(look.layers[0].name == "1");
        REQUIRE(look.layers[0].kind == "BatchNorm2d");
        REQUIRE(look.parameters.size() == 6);
        REQUIRE((look.loss > 0 && look.eval_loss > 0));
    }
}

TEST_CASE("of a norm and the activation after it the norm is looked at, of an activation without one what it gets",
          "[watch]") {
    const auto looked_at = [](Sequential net) {
        std::vector<std::string> all;
        for (const LayerLook& layer : look_at(net, noise({8, 3}, 1), {0, 1, 2, 0, 1, 2, 0, 1}).layers)
            all.push_back(layer.name + " " + layer.kind);
        return all;
    };
    using Kinds = std::vector<std::string>;
    const auto linear = [] { return Linear({.in = 3, .out = 3}); };
    CHECK(looked_at(Sequential(linear(), Sigmoid(), linear(), Identity(), Tanh(), linear())) ==
          Kinds{"1 Sigmoid", "4 Tanh"});
    CHECK(looked_at(Sequential(linear(), BatchNorm2d({.num_features = 3}), Identity(), ReLU(), linear(), GELU())) ==
          Kinds{"1 BatchNorm2d", "5 GELU"});
    CHECK(looked_at(Sequential(linear(), Sequential(LeakyReLU(), SiLU()), linear())) ==
          Kinds{"1.0 LeakyReLU", "1.1 SiLU"});

    Sequential net(Linear({.in = 2, .out = 2, .bias = false}), Sigmoid());
    parameters(net)[0].parameter.mutable_value().copy_from(Tensor::of({2, 2}, {1, 0, 0, -1}));
    const Look look = look_at(net, Tensor::of({2, 2}, {4, 1, 2, 3}), {0, 1});  // the sigmoids get 4, -1, 2, -3
    const LayerLook& layer = look.layers.at(0);
    CHECK(layer.before.least == -3);
    CHECK(layer.before.largest == 4);
    CHECK(near(layer.after.largest, 1 / (1 + std::exp(-4)), 1e-5));
    CHECK(layer.dead == 0.5);        // the second is nowhere above 0
    CHECK(layer.saturated == 0.25);  // 4 is beyond 3
    CHECK(layer.eval_gap == 0);
}

TEST_CASE("without a watch there is no file, and looking changes nothing that is learned", "[watch]") {
    const WatchedPlace place;
    Json off = place.config(nullptr), on = place.config({{"every", 1}});
    if (GENERATE(false, true)) off["model"] = on["model"] = {{"arch", "resnet8"}, {"norm", "batch"}};
    run_small(off, place / "off");
    run_small(on, place / "on");
    REQUIRE_FALSE(std::filesystem::exists(place / "off/watch.jsonl"));
    REQUIRE(steps_of(read_looks(place / "on")).size() == 14);
    for (const char* file : {"model.safetensors", "best.safetensors"})
        REQUIRE(read_file(place / "off" / file) == read_file(place / "on" / file));
}

TEST_CASE("a resumed run has the same looks, bit for bit, with other threads and accumulated batches", "[watch]") {
    const WatchedPlace place;
    const Index stop_at = GENERATE(1, 3, 4, 5);
    Json config = place.config({{"every", 2}});
    config["train"]["accumulate"] = 2;  // 8 steps
    run_small(config, place / "whole");
    Listener first(stop_at), second;
    REQUIRE_FALSE(run_small(config, place / "run", first).finished);
    replace_file(place / "run/watch.jsonl",
                 read_file(place / "run/watch.jsonl") + to_json(Look{.epoch = 1, .step = stop_at + 1}).dump() + "\n");
    config["train"]["threads"] = 2;
    REQUIRE(run_small(config, place / "run", second, true).finished);
    REQUIRE(read_file(place / "run/watch.jsonl") == read_file(place / "whole/watch.jsonl"));
}

TEST_CASE("a new run removes the looks of the one before, and a watch may begin when a run is resumed", "[watch]") {
    const WatchedPlace place;
    run_small(place.config({{"every", 3}}), place / "run");
    Listener first(5), second;
    const RunOptions anew{.out = place / "run", .overwrite = true, .stop = &first.stop};
    REQUIRE_FALSE(run_training(parse_config(place.config(nullptr)), anew, first).finished);
    REQUIRE_FALSE(std::filesystem::exists(place / "run/watch.jsonl"));
    REQUIRE(run_small(place.config({{"every", 3}}), place / "run", second, true).finished);
    REQUIRE(contains(second.messages, "watch null -> {\"every\":3}"));
    REQUIRE(steps_of(read_looks(place / "run")) == std::vector<Index>{6, 9, 12});
}

TEST_CASE("a run that diverges leaves the looks up to then", "[watch]") {
    const WatchedPlace place;
    Json config = place.config({{"every", 1}});
    config["model"]["norm"] = "none";
    config["optim"]["lr"] = 1e30;
    REQUIRE_THROWS_AS(run_small(config, place / "run"), Diverged);
    const std::vector<Look> looks = read_looks(place / "run");
    REQUIRE(looks.size() >= 1);
    REQUIRE(looks[0].layers.size() == 1);
    REQUIRE(looks[0].layers[0].kind == "ReLU");  // as nothing normalizes
    REQUIRE(looks[0].parameters.size() == 4);
}

TEST_CASE("a look has the numbers that its definitions give", "[watch]") {
    // Channels of 0, 1, ..., 100 and 101, 102, ..., 201: every number is known.
    Sequential net(BatchNorm2d({.num_features = 2, .eps = 0}));
    auto& norm = dynamic_cast<BatchNorm2d&>(net[0]);
    Tensor x({101, 2});
    Labels labels;
    for (Index i = 0; i < 101; ++i) {
        x.mutable_data()[2 * i] = static_cast<Scalar>(i);
        x.mutable_data()[2 * i + 1] = static_cast<Scalar>(i) + 101;
        labels.push_back(i < 70);
    }
    norm.bias.mutable_value().mutable_data()[1] = -2;
    norm.weight.mutable_value().mutable_data()[1] = 1;
    norm.running.mean.copy_from(Tensor::full({2}, 50));
    norm.running.variance.copy_from(Tensor::full({2}, 850));  // (101² − 1)/12
    const Look look = look_at(net, x, labels, 0.5);
    const LayerLook& layer = look.layers.at(0);
    REQUIRE(layer.before.least == 0);
    REQUIRE(layer.before.low == 30);  // of the numbers 0 to 201
    REQUIRE(layer.before.median == 101);
    REQUIRE(layer.before.high == 171);
    REQUIRE(layer.before.largest == 201);
    const double reach = 50 / std::sqrt(850);  // 1.715
    REQUIRE(std::abs(layer.after.least + 2 + reach) < 1e-4);
    REQUIRE(std::abs(layer.after.largest - reach) < 1e-4);
    REQUIRE(layer.dead == 0.5);                              // the second channel ends at -2 + 1.715
    REQUIRE(std::abs(layer.saturated - 21.0 / 202) < 1e-6);  // where it is below -3: (i - 50)/29.15 < -1, i up to 20
    REQUIRE(std::abs(*layer.mean_gap - 101 / std::sqrt(850) / std::sqrt(2)) < 1e-4);  // 0 and 101 off
    REQUIRE(std::abs(*layer.deviation_gap) < 1e-6);
    // In evaluation the second channel is 101 higher, in deviations 3.464; the output's deviation is √2.
    REQUIRE(std::abs(layer.eval_gap - 101 / std::sqrt(850) / std::sqrt(2) / std::sqrt(2)) < 1e-4);
    REQUIRE(look.parameters.at(0).name == "0.weight");
    REQUIRE(look.parameters[0].weights.value().least == 1);
    REQUIRE(look.parameters[1].weights.value().least == -2);
    REQUIRE(look.parameters[1].weights.value().largest == 0);
    const Spread& g = look.parameters[1].gradients.value();
    const double length = std::hypot(g.least, g.largest) / 2;  // of two numbers, over that of (0, -2)
    REQUIRE(std::abs(look.parameters[1].gradient - length) < 1e-5 * length);
    for (const ParameterLook& each : look.parameters)
        REQUIRE(std::abs(each.update - 0.5 * each.gradient) < 1e-4 * each.gradient);  // plain SGD: Δw = lr g
}

TEST_CASE("deviations are apart as their logarithms are, and a channel that is 0 everywhere is dead", "[watch]") {
    Sequential net(BatchNorm2d({.num_features = 2, .eps = 0}));
    auto& norm = dynamic_cast<BatchNorm2d&>(net[0]);
    norm.weight.mutable_value().mutable_data()[1] = 0;
    Tensor x({101, 2});
    for (Index i = 0; i < x.elements(); ++i) x.mutable_data()[i] = static_cast<Scalar>(i / 2);
    norm.running.mean.copy_from(Tensor::full({2}, 50));
    norm.running.variance.mutable_data()[0] = 850;
    norm.running.variance.mutable_data()[1] = static_cast<Scalar>(850 * std::exp(2));  // a deviation e times as large
    const Look look = look_at(net, x, Labels(101));
    CHECK(std::abs(*look.layers.at(0).deviation_gap - 1 / std::sqrt(2)) < 1e-5);  // of 0 and 1 the root mean square
    CHECK(look.layers[0].dead == 0.5);
}

TEST_CASE("layers that keep no running statistics say nothing of them", "[watch]") {
    Sequential net(GroupNorm({.num_groups = 1, .num_channels = 3}));
    const Look look = look_at(net, noise({8, 3}, 1), {0, 1, 2, 0, 1, 2, 0, 1});
    REQUIRE_FALSE(look.layers.at(0).mean_gap);
    REQUIRE(look.layers[0].eval_gap == 0);
    REQUIRE(look.eval_loss == look.loss);
}

TEST_CASE("a look survives its file; what is not finite is null there", "[watch]") {
    Look look{.epoch = 2, .step = 7, .loss = 0.123457, .eval_loss = NAN};
    look.layers = {{.name = "bn1", .kind = "BatchNorm2d", .before = {-1, 2, 3, 4, INFINITY}, .mean_gap = 0.5}};
    look.layers[0].deviation_gap = 0.25;
    look.parameters = {{"bn1.bias", INFINITY, 0.5}, {"bn1.weight", 1, 1, Spread{.least = -3}, Spread{.largest = 3}}};
    const std::string line = to_json(look).dump();
    REQUIRE(contains(line, "[-1.0,2.0,3.0,4.0,null]"));
    const std::vector<Look> read = parse_looks(line + "\n", "watch.jsonl");
    REQUIRE(to_json(read.at(0)).dump() == line);
    REQUIRE(contains(error_of([&] { parse_looks(line + "\n{\"epoch\": 1}\n", "a.jsonl"); }), "[watch] a.jsonl:2: "));
}
