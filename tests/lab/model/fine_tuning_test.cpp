#include "lab/model/fine_tuning.h"

#include "framework/state.h"
#include "framework/support/files.h"
#include "lab/run/run_optimizer.h"
#include "layers/factory.h"
#include "tests/catch.h"
#include "tests/lab/small_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// A run that is over, its model as the start of others.
struct Trained : TemporaryFolder {
    Trained() {
        write_small_set(*this / "set");
        run_small(small_config(*this / "set"), *this / "run");
    }
    std::filesystem::path weights() const { return *this / "run/model.safetensors"; }
    Json config() const {
        Json config = small_config(*this / "set");
        config["init"]["weights"] = weights().string();
        config["train"]["epochs"] = 1;
        return config;
    }
};

Tensor tensor_of(const std::filesystem::path& model, const std::string& name) {
    for (const NamedTensor& each : read_safetensors(model).tensors)
        if (each.name == name) return each.tensor;
    FAIL("no tensor " << name);
    return {};
}

}  // namespace

TEST_CASE("a pattern picks a name, all below it, and what a star stands for", "[fine_tuning]") {
    REQUIRE(matches("layer1", "layer1"));
    REQUIRE(matches("layer1", "layer1.0.conv1.weight"));
    REQUIRE(matches("layer*.conv2", "layer3.1.conv2.weight"));
    REQUIRE(matches("*.bias", "fc.bias"));
    REQUIRE(matches("*", "fc"));
    REQUIRE_FALSE(matches("layer1", "layer10.weight"));
    REQUIRE_FALSE(matches("conv1", "layer1.0.conv1"));
    REQUIRE_FALSE(matches("", "fc"));
    REQUIRE_FALSE(matches("*", ""));
}

TEST_CASE("a pattern that picks nothing is an error with the nearest name and its place", "[fine_tuning]") {
    const auto [text, error] = GENERATE(table<std::string, std::string>({
        {R"({"model": {"arch": "resnet20"}, "data": {"name": "shapes"}, "freeze": ["conv1", "layr1"]})",
         "freeze[1]: \"layr1\" matches nothing in the model; did you mean \"layer1\"?"},
        {R"({"optim": {"groups": [{"params": ["8.wieght"], "lr": 1}]}})",
         "optim.groups[0].params[0]: \"8.wieght\" matches nothing in the model; did you mean \"8.weight\"?"},
        {R"({"freeze": ["head-of-the-net"]})", "normlab summary lists its layers"},
        {R"({"freeze": ["*"]})", "freeze: leaves the model nothing to learn"},
        {R"({"freeze": "0"})", "freeze: expected a list of strings"},
        {R"({"optim": {"lr": 0, "groups": [{"params": ["8"], "lr": 1}]}})", "optim.groups: needs a learning rate"},
        {R"({"optim": {"groups": [{"params": ["8"]}]}})",
         "optim.groups[0].params: have nothing of their own: give them a lr, weight_decay, l1, "
         "nonnegative or orthogonal"},
        {R"({"optim": {"type": "adam", "groups": [{"params": ["8.weight"], "orthogonal": true}]}})",
         "optim.groups: have orthogonal steps, which are for sgd"},
        {R"({"optim": {"groups": [{"params": ["8"], "l1": -1}]}})", "optim.groups[0].l1: must be at least 0, got -1"},
        {R"({"optim": {"groups": [{"lr": 1}]}})", "optim.groups[0]: \"params\" is missing"},
        {R"({"optim": {"l1": 0.1}})", "optim.l1: unknown key; it is an option of optim.groups"},
        {R"({"optim": {"learning_rate": 0.1}})", "optim.learning_rate: unknown key; here it is \"lr\""},
        {R"({"init": {"partial": ["8"]}})", "init.partial: needs weights"},
        {R"({"init": {"reset_running_stats": true}})", "init.reset_running_stats: needs weights"},
        {R"({"train": {"freeze_norm_after": -1}})", "train.freeze_norm_after: must be at least 0"},
        {R"({"data": {"corrupt": ["blurr"]}})", "did you mean \"blur\"?"},
    }));
    REQUIRE(contains(error_of([&, &config = text] { parse_config(Json::parse(config)); }), error));
}

TEST_CASE("what is frozen neither learns nor updates its statistics, and the rest does", "[fine_tuning]") {
    const Trained trained;
    Json config = trained.config();
    config["freeze"] = {"1"};
    run_small(config, trained / "fine");
    const auto moved = [&](const std::string& name) {
        return !same_bits(tensor_of(trained.weights(), name), tensor_of(trained / "fine/model.safetensors", name));
    };
    for (const char* name : {"1.weight", "1.bias", "1.running_mean", "1.running_var"}) CHECK_FALSE(moved(name));
    for (const char* name : {"0.weight", "5.weight"}) CHECK(moved(name));

    config["freeze"] = {"*.weight"};
    run_small(config, trained / "biases");
    CHECK(same_bits(tensor_of(trained.weights(), "5.weight"),
                    tensor_of(trained / "biases/model.safetensors", "5.weight")));
    CHECK_FALSE(
        same_bits(tensor_of(trained.weights(), "5.bias"), tensor_of(trained / "biases/model.safetensors", "5.bias")));
    CHECK(load_model(trained / "fine/model.safetensors").module->frozen() == false);
}

TEST_CASE("norms stand still after the epoch that says so, also in a resumed run", "[fine_tuning]") {
    const Trained trained;
    Json config = trained.config();
    config["train"]["freeze_norm_after"] = 1;
    run_small(config, trained / "one");
    config["train"]["epochs"] = 3;
    run_small(config, trained / "three");
    Listener stops(10);  // in the second epoch
    run_small(config, trained / "parts", stops);
    Listener listener;
    run_small(config, trained / "parts", listener, true);
    const auto statistics = [&](const char* run) {
        return tensor_of(trained / run / "model.safetensors", "1.running_var");
    };
    const auto scale = [&](const char* run) { return tensor_of(trained / run / "model.safetensors", "1.weight"); };
    CHECK_FALSE(same_bits(tensor_of(trained.weights(), "1.running_var"), statistics("one")));
    CHECK(tensor_of(trained / "three/model.safetensors", "1.running_var").elements() == 4);
    CHECK(read_file(trained / "parts/model.safetensors") == read_file(trained / "three/model.safetensors"));

    config["train"]["freeze_norm_after"] = 0;
    run_small(config, trained / "none");
    CHECK(same_bits(statistics("none"), tensor_of(trained.weights(), "1.running_var")));
    CHECK(same_bits(scale("none"), tensor_of(trained.weights(), "1.weight")));
}

TEST_CASE("a group learns at its own rate", "[fine_tuning]") {
    const Config config = parse_config(Json::parse(
        R"({"optim": {"lr": 0.1, "decay_norm_and_bias": false, "groups": [{"params": ["8"], "lr": 0.4},
                                                                         {"params": ["*.weight", "5"], "lr": 0}]}})"));
    const auto model = make_model(config.model, {1, 28, 28}, 10);
    std::map<std::string, std::pair<double, double>> scales;
    for (const ParameterGroup& group : parameter_groups(config.optim, *model))
        for (const NamedParameter& each : group.parameters)
            scales[each.name] = {group.lr_scale, group.weight_decay_scale};
    CHECK(scales.size() == parameters(*model).size());
    CHECK(scales["8.weight"] == std::pair(4.0, 1.0));
    CHECK(scales["8.bias"] == std::pair(4.0, 0.0));
    CHECK(scales["5.bias"] == std::pair(0.0, 0.0));
    CHECK(scales["0.1.weight"] == std::pair(0.0, 0.0));
    CHECK(scales["0.1.bias"] == std::pair(1.0, 0.0));
}

TEST_CASE("a group has a decay, a penalty and a bound of its own", "[fine_tuning]") {
    const Config config = parse_config(Json::parse(R"({"optim": {"lr": 0.1, "decay_norm_and_bias": false, "groups": [
        {"params": ["0.1.weight"], "weight_decay": 0.25, "l1": 0.5, "nonnegative": true}, {"params": ["8"], "l1": 0.125},
        {"params": ["5.weight"], "orthogonal": true}]}})"));
    const auto model = make_model(config.model, {1, 28, 28}, 10);
    std::map<std::string, ParameterGroup> groups;
    for (const ParameterGroup& group : parameter_groups(config.optim, *model))
        for (const NamedParameter& each : group.parameters) groups[each.name] = group;
    CHECK(groups["0.1.weight"].weight_decay == 0.25);
    CHECK(groups["0.1.weight"].l1 == 0.5);
    CHECK(groups["0.1.weight"].nonnegative);
    CHECK(groups["0.1.weight"].lr_scale == 1);
    CHECK_FALSE(groups["8.bias"].weight_decay);
    CHECK(groups["8.bias"].weight_decay_scale == 0);
    CHECK(groups["8.bias"].l1 == 0.125);
    CHECK_FALSE(groups["8.bias"].nonnegative);
    CHECK_FALSE(groups["8.weight"].orthogonal);
    CHECK(groups["5.weight"].orthogonal);
    CHECK(groups["0.1.bias"].l1 == 0);
}

TEST_CASE("weights whose shapes differ are skipped only if they are named, and reported", "[fine_tuning]") {
    const Trained trained;
    Json config = trained.config();
    config["model"]["layers"][0]["out"] = 6;
    const std::string error = error_of([&] { run_small(config, trained / "wider"); });
    CHECK(contains(error, "does not fit the model: of another shape: 0.weight: (4,1,3,3), expected (6,1,3,3)"));
    CHECK(contains(error, "init.partial"));

    config["init"]["partial"] = {"0", "1", "5.weight"};
    Listener listener;
    run_small(config, trained / "wider", listener);
    CHECK(contains(listener.messages, "5.weight: (4,256), expected (4,384)"));
    CHECK_FALSE(contains(listener.messages, "5.bias"));

    config["init"]["partial"] = {"0", "1", "5.wheight"};
    CHECK(contains(error_of([&] { run_small(config, trained / "again"); }), "did you mean \"5.weight\"?"));
}

TEST_CASE("running statistics start afresh if the config says so", "[fine_tuning]") {
    const Trained trained;
    Json json = trained.config();
    json["init"]["reset_running_stats"] = true;
    const Config config = parse_config(json);
    const Model model = build_model(config, load(config.data.source).train);
    const RunningStatistics& running = *running_statistics(*modules(*model.module)[2].module);
    CHECK(running.batches == 0);
    CHECK(running.mean.values() == std::vector<Scalar>(4, 0));
    CHECK(running.variance.values() == std::vector<Scalar>(4, 1));
    CHECK(same_bits(state_of(*model.module).tensors[0].tensor, tensor_of(trained.weights(), "0.weight")));

    json["model"]["norm"] = "none";
    json["init"]["partial"] = {"1"};
    const Config without = parse_config(json);
    CHECK(contains(error_of([&] { build_model(without, load(without.data.source).train); }),
                   "init.reset_running_stats: the model has no layer that keeps running statistics"));
}

TEST_CASE("weights may be a run's folder or another program's file; where there are none the key is named",
          "[fine_tuning]") {
    const Trained trained;
    Json config = trained.config();
    config["init"]["weights"] = trained / "run";
    run_small(config, trained / "from-folder");
    State foreign = read_safetensors(trained.weights());
    foreign.metadata["config"] = "[no config";
    write_safetensors(trained / "foreign.safetensors", foreign);
    config["init"]["weights"] = trained / "foreign.safetensors";
    run_small(config, trained / "from-foreign");
    CHECK(read_file(trained / "from-folder/model.safetensors").size() > 0);
    config["init"]["weights"] = trained / "absent";
    CHECK(contains(error_of([&] { run_small(config, trained / "none"); }), "init.weights: there is no file "));
}

TEST_CASE("weights are found under a prefix that PyTorch puts before all names, and without the norms' counters",
          "[fine_tuning]") {
    const Trained trained;
    State state = read_safetensors(trained.weights());
    state.metadata.clear();
    state.counters.clear();
    for (NamedTensor& each : state.tensors) each.name = "module." + each.name;
    write_safetensors(trained / "wrapped.safetensors", state);
    Json json = trained.config();
    json["init"]["weights"] = (trained / "wrapped.safetensors").string();
    const Config config = parse_config(json);
    std::string told;
    const Model model =
        build_model(config, load(config.data.source).train, [&](const std::string& text) { told += text + "\n"; });
    CHECK(told ==
          "all names in the file begin with module., which is left out\n"
          "the file does not say how many batches 1 norm has seen: 1 is assumed\n");
    CHECK(state_of(*model.module).tensors.at(0).tensor.values() == tensor_of(trained.weights(), "0.weight").values());
}
