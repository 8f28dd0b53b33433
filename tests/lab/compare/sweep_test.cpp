#include "lab/compare/sweep.h"

#include "framework/support/files.h"
#include "lab/compare/fairness.h"
#include "lab/model/summary.h"
#include "layers/factory.h"
#include "tests/catch.h"
#include "tests/support.h"
#include "tests/temporary.h"

using namespace normlab;
using namespace normlab::test;

namespace {

Sweep sweep_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
    return parse_sweep(Json::parse(text), "sweep.json", overrides);
}

std::vector<std::string> names_of(const Sweep& sweep) {
    std::vector<std::string> names;
    for (const PlannedRun& run : sweep.runs) names.push_back(run.name);
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a sweep is every value of an axis with every value of the others", "[sweep]") {
    const Sweep sweep =
        sweep_of(R"({"axes": {"model.norm": ["batch", {"type": "group", "groups": 4}], "seed": [3, 4]}})");
    REQUIRE(sweep.name == "sweep");
    REQUIRE(names_of(sweep) == Names{"norm=batch,seed=3", "norm=batch,seed=4", "norm=group-groups=4,seed=3",
                                     "norm=group-groups=4,seed=4"});
    const Config& last = sweep.runs.back().config;
    REQUIRE(last.seed == 4);
    REQUIRE(last.name == "digits-lenet,norm=group-groups=4,seed=4");
    REQUIRE(last.model["norm"] == to_json(Norm{.type = NormType::group, .groups = 4}));
    REQUIRE(sweep.label(sweep.runs.back(), 0) == "group groups=4");
}

TEST_CASE("a value of an axis may set several keys, and have a name", "[sweep]") {
    const Sweep sweep = sweep_of(R"({"axes": {
        "data.batch_size": [{"set": {"data.batch_size": 2, "optim.lr": 0.001}}, {"set": {"data.batch_size": 4}}],
        "recipe": [{"label": "short & quick", "set": {"train.epochs": 1}}, {"label": "long", "set": {"train.epochs": 9}}]}})");
    REQUIRE(names_of(sweep) == Names{"batch_size=2,recipe=short---quick", "batch_size=2,recipe=long",
                                     "batch_size=4,recipe=short---quick", "batch_size=4,recipe=long"});
    REQUIRE(sweep.runs[0].config.optim.lr == 0.001);
    REQUIRE(sweep.runs[3].config.optim.lr == 0.05);
    REQUIRE(sweep.axes[0].is_numeric());
    REQUIRE_FALSE(sweep.axes[1].is_numeric());
}

TEST_CASE("a list of variants is one more axis", "[sweep]") {
    const Sweep sweep = sweep_of(R"({"list": [{"model.norm": "batch", "optim.lr": 0.1},
        {"label": "none, slowly", "set": {"model.norm": "none", "optim.lr": 0.01}}], "axes": {"seed": [1, 2]}})");
    REQUIRE(names_of(sweep) == Names{"norm=batch,lr=0.1,seed=1", "norm=batch,lr=0.1,seed=2", "none,-slowly,seed=1",
                                     "none,-slowly,seed=2"});
    REQUIRE(sweep.runs[2].config.optim.lr == 0.01);
}

TEST_CASE("the base is a file or an object; what is set for all holds in every run", "[sweep]") {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "sweeps");
    replace_file(folder / "base.json", R"({"$schema": "s", "name": "base", "train": {"epochs": 7}})");
    replace_file(folder / "sweeps/a.json",
                 R"({"base": "../base.json", "set": {"optim.lr": 0.2}, "axes": {"seed": [1, 2]}})");
    const Sweep sweep = load_sweep(folder / "sweeps/a.json", {"data.train_limit=640"});
    REQUIRE(sweep.name == "a");
    for (const PlannedRun& run : sweep.runs) {
        REQUIRE(run.config.train.epochs == 7);
        REQUIRE(run.config.optim.lr == 0.2);
        REQUIRE(run.config.data.source.train_limit == 640);
    }
    const Sweep again = parse_sweep(sweep.json, "elsewhere/comparison.json");
    REQUIRE(again.name == "a");
    REQUIRE(names_of(again) == names_of(sweep));
    for (std::size_t i = 0; i < again.runs.size(); ++i) REQUIRE(again.runs[i].full == sweep.runs[i].full);
}

TEST_CASE("what is wrong in a sweep is named with its place", "[sweep]") {
    const auto [text, error] = GENERATE(table<std::string, std::string>({
        {"{}", "a.json: needs \"axes\" or a \"list\""},
        {"{\"axis\": {}}", "a.json:1: axis: unknown key; did you mean \"axes\"?"},
        {"{\"axes\": {}}", "a.json: needs \"axes\""},
        {"{\"axes\": {\"seed\": 3}}", "a.json:1: axes.seed: expected a list of values"},
        {"{\"axes\": {\"seed\": []}}", "a.json:1: axes.seed: expected a list of values"},
        {"{\"axes\": {\n\"model.norm\": [\n\"batch\",\n\"bacth\"]}}",
         "a.json:4: axes.model.norm[1]: model.norm.type: unknown value \"bacth\"; did you mean \"batch\"?"},
        {"{\"axes\": {\n\"model.nrom\": [\"batch\"]}}",
         "a.json:2: axes.model.nrom[0]: model.nrom: unknown key; did you mean \"norm\"?"},
        {"{\"axes\": {\"seed\": [1, 1]}}", "a.json:1: axes.seed[1]: is called \"1\", like axes.seed[0]"},
        {"{\"axes\": {\"seed\": [1]},\n\"set\": {\"seed\": 2}}", "a.json:2: set.seed: the axis seed sets it"},
        {"{\"axes\": {\"seed\": [1]},\n\"set\": {\"optim.lr\": -1}}", "a.json:2: set.optim.lr: must be at least 0"},
        {"{\"axes\": {\"seed\": [1]},\n\"base\": {\"optim\": {\"lr\": -1}}}",
         "a.json:2: base.optim.lr: must be at least 0"},
        {"{\"axes\": {\"seed\": [1]},\n\"base\": \"nowhere.json\"}", "nowhere.json"},
        {"{\"axes\": {\"seed\": [1]},\n\"base\": 3}", "a.json:2: base: expected an object, got 3"},
        {"{\"axes\": {\"model.norm\": [\"batch\"], \"model.norm.eps\": [1e-3]}}",
         "a.json:1: axes.model.norm.eps[0]: sets model.norm.eps, and so does the axis model.norm"},
        {"{\"axes\": {\"way\": [{\"set\": {\"seed\": 1}}]}}", "a.json:1: axes.way[0]: \"label\" is missing"},
        {"{\"axes\": {\"way\": [{\"set\": {}}]}}", "a.json:1: axes.way[0].set: expected {\"KEY\": VALUE, ...}"},
        {"{\"axes\": {\"way\": [{\"lable\": \"a\", \"set\": {\"seed\": 1}, \"label\": \"b\"}]}}",
         "a.json:1: axes.way[0].lable: unknown key; did you mean \"label\"?"},
        {"{\"axes\": {\"name\": [\"a\", \"b\"]}}", "a.json:1: axes.name: the runs of a sweep get their names from it"},
        {"{\"axes\": {\"optim.betas\": [[0.9, 0.9], [0.8, 0.9]]}}", "is a key of \"type\": \"adam\" or \"adamw\""},
        {R"({"axes": {"way": [{"label": "a", "set": {"model.norm": "batch"}},
                              {"label": "b", "set": {"model.norm.type": "batch"}}]}})",
         "are the same run"},
        {"{\"list\": [{\"seed\": 1}],\n\"targets\": [90]}",
         "a.json:2: targets[0]: must be above 0 and at most 1, got 90"},
        {"{\"list\": [{\"seed\": 1}], \"name\": \"a/b\"}", "a.json:1: name: must be a valid folder name"},
        {"{\"list\": [{\"seed\": 1}],}", "a.json:1:24: not JSON: no comma may follow the last entry"},
    }));
    CAPTURE(text);
    const TemporaryFolder folder;
    replace_file(folder / "a.json", text);
    const std::string said = error_of([&] { load_sweep(folder / "a.json"); });
    CAPTURE(said);
    REQUIRE(contains(said, error));
}

TEST_CASE("a value from the command line cannot be given to what an axis sets", "[sweep]") {
    const std::string text = R"({"axes": {"seed": [1, 2]}})";
    REQUIRE(error_of([&] { sweep_of(text, {"seed=3"}); }) == "--set seed: the axis seed sets it");
    REQUIRE(contains(error_of([&] { sweep_of(text, {"optim.lr=-3"}); }), "--set optim.lr: must be at least 0"));
    REQUIRE(contains(error_of([&] { sweep_of(text, {"optim.rl=3"}); }),
                     "--set optim.rl: unknown key; did you mean \"lr\"?"));
}

TEST_CASE("runs with one seed begin with the same bits in the weights that they share", "[sweep]") {
    const auto arch = GENERATE(as<std::string>{}, "lenet", "resnet8");
    const Sweep sweep =
        parse_sweep({{"base", {{"model", {{"arch", arch}}}}},
                     {"axes", {{"model.norm", {"batch", "group", "layer", "instance", "rms", "none"}}}}},
                    "a.json");
    const Fairness fairness = fairness_of(sweep);
    REQUIRE(fairness.keys == Names{"model.norm"});
    REQUIRE(fairness.shared == fairness.equal);
    Index weights = 0;  // of the convolutions and the dense layers
    const Net net = net_of(sweep.runs.back().config);
    for (const NamedParameter& each : parameters(*net.module)) weights += each.parameter.shape().rank() > 1;
    REQUIRE(fairness.shared >= weights);
    REQUIRE(fairness.same_images);
}

TEST_CASE("weights that begin differently are counted, and different images are reported", "[sweep]") {
    const Fairness fairness = fairness_of(sweep_of(R"({"list": [
        {"label": "a", "set": {"model": {"layers": [{"type": "flatten"}, {"type": "linear", "init": "standard"}]}}},
        {"label": "b", "set": {"model": {"layers": [{"type": "flatten"}, {"type": "linear", "init": "xavier_normal"}]},
                               "data.augment": ["random_crop"]}}]})"));
    REQUIRE(fairness.shared == 2);
    REQUIRE(fairness.equal == 1);  // the bias
    REQUIRE_FALSE(fairness.same_images);
}

TEST_CASE("runs with other batch sizes see the same images if none is left over", "[sweep]") {
    const auto sees_same = [](const char* drop_last) {
        return fairness_of(
                   sweep_of(std::string(R"({"axes": {"data.batch_size": [16, 32]}, "set": {"data.drop_last": )") +
                            drop_last + "}}"))
            .same_images;
    };
    REQUIRE(sees_same("false"));
    REQUIRE_FALSE(sees_same("true"));
}

TEST_CASE("what is tuned differs from run to run, too", "[sweep]") {
    const Json tune = Json::parse(R"({"axes": {"data.augment": [[], ["random_crop"]]}})");
    JsonReader root(tune, "");
    const Fairness fairness =
        fairness_of(sweep_of(R"({"axes": {"model.norm": ["batch", "group"]}})"), parse_axes(root));
    REQUIRE(fairness.keys == std::vector<std::string>{"model.norm", "data.augment"});
    REQUIRE_FALSE(fairness.same_images);
}
