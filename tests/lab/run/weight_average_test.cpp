#include "lab/run/weight_average.h"

#include <cmath>

#include "framework/support/files.h"
#include "lab/model/evaluation.h"
#include "lab/run/class_weights.h"
#include "lab/run/metrics.h"
#include "tests/catch.h"
#include "tests/lab/small_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

struct AveragedPlace : TemporaryFolder {
    AveragedPlace() { write_small_set(*this / "set"); }
    Json averaged(double decay) const {
        Json json = small_config(*this / "set");
        json["train"]["ema_decay"] = decay;
        return json;
    }
};

// The tensors and counters of a checkpoint below this name.
State part_of(const State& all, const std::string& name) {
    State part;
    for (const auto& [tensor, value] : all.tensors)
        if (tensor.starts_with(name + ".")) part.tensors.push_back({tensor.substr(name.size() + 1), value});
    for (const auto& [counter, value] : all.counters)
        if (counter.starts_with(name + ".")) part.counters.push_back({counter.substr(name.size() + 1), value});
    return part;
}

bool same(const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.elements(), b.data());
}

}  // namespace

TEST_CASE("the average follows the weights and the running statistics, at first faster", "[weight average]") {
    const AveragedPlace place;
    const Config config = parse_config(place.averaged(0.5));
    Model model = build_model(config, load(config.data.source).train);
    const State before = state_of(*model.module);
    std::vector<Scalar> old;
    for (const auto& [name, tensor] : before.tensors) old.push_back(tensor.data()[0]);
    WeightAverage average(0.5, model);
    for (const auto& [name, tensor] : state_dict(*model.module).tensors) tensor->mutable_data()[0] += 11;
    for (const auto& [name, counter] : state_dict(*model.module).counters) *counter = 7;
    average.follow(1);  // (1 + 1)/(10 + 1) is kept
    const State after = state_of(*average.model().module);
    REQUIRE(after.tensors.size() == old.size());
    for (std::size_t i = 0; i < old.size(); ++i) {
        INFO(after.tensors[i].name);
        CHECK(std::abs(after.tensors[i].tensor.data()[0] - (old[i] + 9)) < 1e-4);
    }
    for (const auto& counter : after.counters) CHECK(counter.value == 7);
    average.follow(1000);  // half is kept
    CHECK(std::abs(after.tensors[0].tensor.data()[0] - (old[0] + 10)) < 1e-4);
}

TEST_CASE("what is tested and saved is the average, and what learns goes on without it", "[weight average]") {
    const AveragedPlace place;
    Json plain = place.averaged(0.9);
    plain["train"]["ema_decay"] = nullptr;
    run_small(plain, place / "plain");
    const RunResult result = run_small(place.averaged(0.9), place / "run");
    const State checkpoint = read_safetensors(place / "run/checkpoint.safetensors");
    const State learned = part_of(checkpoint, "model"), average = part_of(checkpoint, "average");
    const State saved = read_safetensors(place / "run/model.safetensors"),
                without = read_safetensors(place / "plain/model.safetensors");
    REQUIRE(average.tensors.size() == saved.tensors.size());
    for (std::size_t i = 0; i < saved.tensors.size(); ++i) {
        INFO(saved.tensors[i].name);
        CHECK(same(saved.tensors[i].tensor, average.tensors[i].tensor));
        CHECK_FALSE(same(saved.tensors[i].tensor, learned.tensors[i].tensor));
        CHECK(same(without.tensors[i].tensor, learned.tensors[i].tensor));
    }
    const Model model = load_model(place / "run/model.safetensors");
    const Evaluation again = evaluate(model, load(model.config.data.source).test);
    CHECK(again.loss == result.metrics.back().test->loss);
}

TEST_CASE("a run with an average and class weights goes on bit for bit wherever it was stopped", "[weight average]") {
    const AveragedPlace place;
    Json config = place.averaged(0.9);
    config["train"]["class_weights"] = {1, 2, 3, 4};
    run_small(config, place / "whole");
    config["train"]["threads"] = 2;
    bool finished = false;
    while (!finished) {
        Listener stops(3);
        finished = run_small(config, place / "run", stops, true).finished;
    }
    for (const char* file : {"model.safetensors", "best.safetensors"})
        CHECK(read_file(place / "run" / file) == read_file(place / "whole" / file));
}

TEST_CASE("class weights have the mean 1 over the training images; balanced, all classes count alike", "[run]") {
    const ImageSet images{.name = "some", .labels = {0, 0, 0, 1}, .classes = {"a", "b", "none"}};
    const auto weights = [&](const Json& given) { return class_weights({.class_weights = given}, images); };
    CHECK(weights(nullptr).empty());
    CHECK(weights("balanced") == std::vector<double>{4.0 / 6, 2, 0});
    CHECK(weights({2, 2, 2}) == std::vector<double>{1, 1, 1});
    CHECK(weights({1, 5, 0}) == std::vector<double>{0.5, 2.5, 0});
    CHECK(error_of([&] { weights({1, 2}); }) == "train.class_weights: has 2 numbers, but some has 3 classes");
    CHECK(contains(error_of([&] { weights({0, 0, 1}); }), "nothing would be learned"));
}

TEST_CASE("equal class weights change nothing that is learned, others do", "[run]") {
    const AveragedPlace place;
    Json config = small_config(place / "set");
    const auto learned = [&](const Json& weights, const std::string& out) {
        config["train"]["class_weights"] = weights;
        run_small(config, place / out);
        return read_safetensors(place / out / "model.safetensors").tensors[0].tensor;
    };
    const Tensor plain = learned(nullptr, "plain");
    CHECK(same(learned({3, 3, 3, 3}, "equal"), plain));
    CHECK_FALSE(same(learned({1, 3, 3, 3}, "other"), plain));
}
