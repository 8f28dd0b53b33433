#include "lab/config/config.h"

#include "framework/support/files.h"
#include "layers/factory.h"
#include "tests/catch.h"
#include "tests/support.h"
#include "tests/temporary.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// The error of a config file with this text, without the folder.
std::string error_in(const std::string& text, const std::vector<std::string>& overrides = {}) {
    const TemporaryFolder folder;
    replace_file(folder / "a.json", text);
    const std::string error = error_of([&] { load_config(folder / "a.json", overrides); });
    const std::string place = folder.path().string() + "/";
    return error.starts_with(place) ? error.substr(place.size()) : error;
}

}  // namespace

TEST_CASE("an empty config trains lenet on digits", "[config]") {
    const Config config = parse_config(Json::object());
    REQUIRE(config.name == "digits-lenet");
    REQUIRE(config.data.source.name == "digits");
    REQUIRE(config.data.source.dir == "data/digits");
    REQUIRE(
        config.model ==
        Json{{"arch", "lenet"}, {"norm", to_json(Norm{})}, {"init", "standard"}, {"weight_standardization", false}});
}

TEST_CASE("a config written in full reads back as itself", "[config]") {
    const auto text = GENERATE(
        as<std::string>{}, "{}", R"({"data": {"name": "cifar10"}})",
        R"({"data": {"name": "folder", "dir": "my", "image_size": [20, 30], "channels": 1, "train_limit": 100}})",
        R"({"seed": 9, "data": {"augment": ["random_crop", "horizontal_flip", "translate", {"type": "cutout", "size": 3}],
            "normalize": {"mean": [0.1307], "std": [0.3081]}}})",
        R"({"watch": {}, "optim": {"type": "adamw", "betas": [0.8, 0.99]}, "schedule": {"type": "one_cycle"}})",
        R"({"optim": {"type": "adam"}, "schedule": {"type": "multi_step", "milestones": [3, 6.5]}})",
        R"({"schedule": {"type": "step"}, "model": {"arch": "lenet", "norm": {"type": "group", "groups": 4}},
            "init": {"weights": "a.safetensors"}, "train": {"threads": 2, "clip_grad_norm": 1, "checkpoint_every": 7}})");
    const Json full = to_json(parse_config(Json::parse(text)));
    REQUIRE(to_json(parse_config(Json::parse(full.dump()))) == full);
}

TEST_CASE("defaults follow from the data set and the type of the optimizer", "[config]") {
    const Config config = parse_config(Json::parse(R"({"data": {"name": "cifar10"}, "optim": {"type": "adamw"}})"));
    REQUIRE(config.name == "cifar10-resnet20");
    REQUIRE(config.optim.lr == 1e-3);
    REQUIRE(config.optim.weight_decay == 1e-2);
}

TEST_CASE("a model of which only the normalization is said has the data set's net", "[config]") {
    const Config config = parse_config(Json::parse(R"({"model": {"norm": "group"}, "data": {"name": "cifar10"}})"));
    REQUIRE(config.model["arch"] == "resnet20");
    REQUIRE(config.model["norm"]["type"] == "group");
}

TEST_CASE("a key of another type is an error that says of which it is, in every section", "[config]") {
    const auto [text, error] = GENERATE(table<std::string, std::string>({
        {R"({"optim": {"type": "adam", "dampening": 0}})",
         "optim.dampening: is a key of \"type\": \"sgd\", not of \"adam\""},
        {R"({"optim": {"betas": [0.9, 0.9]}})",
         "optim.betas: is a key of \"type\": \"adam\" or \"adamw\", not of \"sgd\""},
        {R"({"schedule": {"gamma": 0.5}})",
         "schedule.gamma: is a key of \"type\": \"step\" or \"multi_step\", not of \"cosine\""},
        {R"({"model": {"norm": {"type": "batch", "groups": 4}}})",
         "model.norm.groups: is a key of \"type\": \"group\", not of \"batch\""},
        {R"({"data": {"image_size": 28}})", "data.image_size: is a key of \"name\": \"folder\", not of \"digits\""},
    }));
    CHECK(error_in(text) == "a.json:1: " + error);
}

TEST_CASE("a norm is found under the names that other programs give it", "[config]") {
    const auto [name, norm] = GENERATE(table<std::string, std::string>({{"batch_norm", "batch"},
                                                                        {"batchnorm", "batch"},
                                                                        {"BatchNorm2d", "batch"},
                                                                        {"BatchNormalization", "batch"},
                                                                        {"SyncBatchNorm", "sync_batch"},
                                                                        {"groupnorm", "group"},
                                                                        {"LayerNorm", "layer"}}));
    CHECK(contains(error_in(R"({"model": {"norm": ")" + name + "\"}}"), "did you mean \"" + norm + "\"?"));
}

TEST_CASE("comments are passed over", "[config]") {
    CHECK(error_in("{\n// a comment\n\"seed\": 1, /* and\nanother */ \"optim\": {\"lr\": -1}}") ==
          "a.json:4: optim.lr: must be at least 0, got -1");
}

TEST_CASE("a broken config is refused with the path, the line and what is allowed", "[config]") {
    const auto [text, error] = GENERATE(table<std::string, std::string>({
        // unknown keys
        {"{\n \"modle\": {}}", "a.json:2: modle: unknown key; did you mean \"model\"?"},
        {"{\"model\": {\"arch\": \"lenet\",\n\"norm\": {\"type\": \"batch\",\n\"momentun\": 0.1}}}",
         "a.json:3: model.norm.momentun: unknown key; did you mean \"momentum\"?"},
        {"{\"data\": {\"batchsize\": 3}}", "a.json:1: data.batchsize: unknown key; did you mean \"batch_size\"?"},
        {"{\"optim.lr\": 1}",
         "a.json:1: optim.lr: unknown key; keys of a section stand inside it: \"optim\": {\"lr\": ...}"},
        {"{\"//\": \"a comment\"}", "a.json:1: //: unknown key; known here: name, seed, data, model, init"},
        {"{\"model\": {\"layers\": [\n{\"type\": \"conv2d\", \"out\": 4},\n{\"type\": \"flatten\"},\n"
         "{\"type\": \"linear\", \"size\": 3}]}}",
         "a.json:4: model.layers[2].size: unknown key; known here: type, out, bias or init"},
        {"{\"train\": {\n\"threads\": 1025}}", "a.json:2: train.threads: must be at most 1024, got 1025"},
        {"{\"data\": {\"corrupt\": [{\"type\": \"blur\", \"radius\": 17}]}}",
         "a.json:1: data.corrupt[0].radius: must be at most 16, got 17"},
        // wrong types
        {"[]", "a.json: expected an object, got []"},
        {"{\"data\": 3}", "a.json:1: data: expected an object, got 3"},
        {"{\"seed\": \"one\"}", "a.json:1: seed: expected a whole number, got \"one\""},
        {"{\"train\": {\n\n\"epochs\": 2.5}}", "a.json:3: train.epochs: expected a whole number or null, got 2.5"},
        {"{\"data\": {\"shuffle\": 1}}", "a.json:1: data.shuffle: expected true or false, got 1"},
        {"{\"data\": {\"augment\": \"cutout\"}}", "a.json:1: data.augment: expected a list of augmentations"},
        {"{\"train\": {\"clip_grad_norm\": \"no\"}}", "a.json:1: train.clip_grad_norm: expected a number or null"},
        // words
        {"{\"data\": {\"name\": \"mnits\"}}", "a.json:1: data.name: unknown value \"mnits\"; did you mean \"mnist\"?"},
        {"{\"optim\": {\"type\": \"sdg\"}}",
         "a.json:1: optim.type: unknown value \"sdg\"; did you mean \"sgd\"? known: sgd, adam or adamw"},
        {"{\"schedule\": {\"type\": \"linear\"}}", "a.json:1: schedule.type: unknown value \"linear\""},
        {"{\"model\": {\"arch\": \"lenett\"}}",
         "a.json:1: model.arch: unknown value \"lenett\"; did you mean \"lenet\"?"},
        {"{\"model\": {\"layers\": [{\"type\": \"convd\", \"out\": 4}]}}",
         "a.json:1: model.layers[0].type: unknown value \"convd\"; did you mean \"conv2d\"?"},
        {"{\"model\": {\"arch\": \"lenet\", \"norm\": \"bach\"}}", "a.json:1: model.norm.type: unknown value \"bach\""},
        {"{\"data\": {\"augment\": [\n\"random_crop\",\n\"flip\"]}}",
         "a.json:3: data.augment[1]: unknown value \"flip\""},
        {"{\"data\": {\"normalize\": \"none\"}}", "a.json:1: data.normalize: unknown value \"none\""},
        // impossible values
        {"{\"data\": {\"batch_size\": 0}}", "a.json:1: data.batch_size: must be at least 1, got 0"},
        {"{\"data\": {\"mixup\": 5}}", "a.json:1: data.mixup: must be from 0 to 4, got 5"},
        {"{\"seed\": -1}", "a.json:1: seed: must be at least 0, got -1"},
        {"{\"name\": \"a/b\"}", "a.json:1: name: must be a valid folder name"},
        {"{\"optim\": {\"lr\": -0.1}}", "a.json:1: optim.lr: must be at least 0, got -0.1"},
        {"{\"optim\": {\"momentum\": 1}}", "a.json:1: optim.momentum: must be at least 0 and below 1, got 1"},
        {"{\"optim\": {\"momentum\": 0, \"nesterov\": true}}", "a.json:1: optim.nesterov: needs a momentum above 0"},
        {"{\"optim\": {\"type\": \"adam\", \"betas\": [0.9]}}", "a.json:1: optim.betas: must be two numbers"},
        {"{\"train\": {\"label_smoothing\": 2}}",
         "a.json:1: train.label_smoothing: must be at least 0 and below 1, got 2"},
        {"{\"schedule\": {\"type\": \"multi_step\", \"milestones\": [5, 5]}}",
         "a.json:1: schedule.milestones: must increase"},
        {"{\"train\": {\"ema_decay\": 1}}", "a.json:1: train.ema_decay: must be above 0 and below 1, or null"},
        {"{\"train\": {\"class_weights\": \"balance\"}}",
         "a.json:1: train.class_weights: unknown value \"balance\"; did you mean \"balanced\"?"},
        {"{\"train\": {\"class_weights\": [1, -2]}}", "a.json:1: train.class_weights: must not be below 0, got -2"},
        {"{\"schedule\": {\"min_lr\": 1}}", "a.json:1: schedule.min_lr: must not be above optim.lr"},
        {"{\"data\": {\"train_limit\": 10}}",
         "a.json:1: data.train_limit: must be at least batch_size, or drop_last false"},
        {"{\"data\": {\"normalize\": {\"mean\": [0, 0], \"std\": [1, 1]}}}",
         "a.json:1: data.normalize.mean: expected a number for each of the 1 channels of digits, got 2"},
        {"{\"data\": {\"name\": \"folder\", \"channels\": 4}}",
         "a.json:1: data.channels: must be 1 (grey) or 3 (colour), got 4"},
        {"{\"watch\": {\"every\": 0}}", "a.json:1: watch.every: must be at least 1, got 0"},
        {"{\"watch\": true}", "a.json:1: watch: expected an object, got true"},
        {"{\"model\": {\"arch\": \"vgg\", \"layers\": []}}", "a.json:1: model: needs either \"arch\" or \"layers\""},
        {"{\"model\": {\"layers\": [{\"type\": \"flatten\"}, {\"type\": \"linear\", \"out\": 5}]}}",
         "a.json:1: model.layers: the last layer must give one number for each of the 10 classes"},
        // numbers that would overflow
        {"{\"seed\": 18446744073709551615}",
         "a.json:1: seed: must be at most 9223372036854775807, got 18446744073709551615"},
        {"{\"train\": {\"epochs\": 9223372036854775807}}",
         "a.json:1: train.epochs: must be at most 1000000, got 9223372036854775807"},
        {"{\"train\": {\"accumulate\": 9223372036854775807}}", "a.json:1: train.accumulate: must be at most 1000000"},
        {"{\"train\": {\"checkpoint_every\": 9223372036854775807}}",
         "a.json:1: train.checkpoint_every: must be at most 1000000000"},
        {"{\"data\": {\"batch_size\": 9223372036854775807}}", "a.json:1: data.batch_size: must be at most 1000000"},
        {"{\"data\": {\"augment\": [{\"type\": \"random_crop\", \"padding\": 9223372036854775807}]}}",
         "a.json:1: data.augment[0].padding: must be at most 65536"},
        {"{\"data\": {\"augment\": [{\"type\": \"translate\", \"max_shift\": 9223372036854775807}]}}",
         "a.json:1: data.augment[0].max_shift: must be at most 65536"},
        {"{\"model\": {\"layers\": [{\"type\": \"conv2d\", \"out\": 4, \"padding\": [1, 9223372036854775807]}]}}",
         "a.json:1: model.layers[0].padding: must be at most 65536, got 9223372036854775807"},
        {"{\"model\": {\"layers\": [{\"type\": \"conv2d\", \"out\": 4, \"dilation\": 9223372036854775807}]}}",
         "a.json:1: model.layers[0].dilation: must be at most 65536"},
        {"{\"model\": {\"layers\": [{\"type\": \"max_pool2d\", \"stride\": 9223372036854775807}]}}",
         "a.json:1: model.layers[0].stride: must be at most 65536"},
        {"{\"model\": {\"layers\": [{\"type\": \"linear\", \"out\": 1000000000000}]}}",
         "a.json:1: model.layers[0].out: must be at most 1000000, got 1000000000000"},
        {"{\"schedule\": {\"type\": \"step\", \"step_epochs\": 1e300}}",
         "a.json:1: schedule.step_epochs: must be above 0 and at most 1000000, got 1e+300"},
        // no JSON
        {"{\n  \"seed\": 1,\n}", "a.json:3:1: not JSON: no comma may follow the last entry"},
        {"{\n  \"seed\": 1\n  \"name\": \"a\"}",
         "a.json:3:3: not JSON: unexpected string literal; expected '}': is a comma missing?"},
        {"{'seed': 1}", "a.json:1:2: not JSON: strings need double quotes"},
        {"{\"seed\": 1 # one\n}", "a.json:1:12: not JSON: comments begin with //"},
        {"{\"seed\":", "a.json:1:9: not JSON: unexpected end of input"},
        {"", "a.json:1:1: not JSON: unexpected end of input"},
        {"{\"seed\":\n1e999}", "a.json:2: a number is too large"},
        {"{\"seed\": 1,\n\"seed\": 2}", "a.json:2: seed: appears twice, first on line 1"},
    }));
    CAPTURE(text);
    REQUIRE(error_in(text).substr(0, error.size()) == error);
}

TEST_CASE("the largest seed is a seed", "[config]") {
    const Config config = parse_config(Json::parse(R"({"seed": 9223372036854775807})"));
    REQUIRE(config.seed == 9223372036854775807U);
    REQUIRE(to_json(config)["seed"].dump() == "9223372036854775807");
}

TEST_CASE("a config that is nested without end is refused at the first level too many", "[config]") {
    REQUIRE(error_in(std::string(200000, '[')) ==
            "a.json:1: objects and lists lie more than 100 deep within each other");
    std::string key = "model";
    for (int i = 0; i < 50000; ++i) key += ".a";
    REQUIRE(contains(error_in("{}", {key + "=1"}), "has more than 100 parts"));
}

TEST_CASE("a config file that is not there is named", "[config]") {
    REQUIRE(contains(error_of([] { load_config("nowhere.json"); }), "nowhere.json"));
    REQUIRE_THROWS_AS(load_config("nowhere.json"), ConfigError);
}

TEST_CASE("the option --set changes a key, makes its sections and reaches into lists", "[config]") {
    Json json = Json::parse(R"({"model": {"layers": [{"type": "conv2d", "out": 4}]}})");
    for (const char* assignment : {"optim.lr=0.2", "name=mine", "model.layers[0].out=8", "data.normalize=null",
                                   R"(model.norm={"type": "group", "groups": 2})", "train.threads=2"})
        override_config(json, assignment);
    REQUIRE(json["optim"]["lr"] == 0.2);
    REQUIRE(json["name"] == "mine");
    REQUIRE(json["model"]["layers"][0]["out"] == 8);
    REQUIRE(json["data"]["normalize"].is_null());
    REQUIRE(json["model"]["norm"]["groups"] == 2);
    REQUIRE(json["train"]["threads"] == 2);
}

TEST_CASE("what --set does wrong is blamed on --set, and the rest on the file", "[config]") {
    REQUIRE(error_in("{}", {"optim.lr=-1"}) == "--set optim.lr: must be at least 0, got -1");
    REQUIRE(error_in("{}", {"optim.momentun=1"}) == "--set optim.momentun: unknown key; did you mean \"momentum\"?");
    REQUIRE(error_in("{}", {"model={\"arch\": 3}"}) == "--set model.arch: expected a string, got 3");
    REQUIRE(error_in("{\"seed\": -1}", {"optim.lr=1"}) == "a.json:1: seed: must be at least 0, got -1");
    REQUIRE(contains(error_in("{}", {"optim.lr"}), "expected KEY=VALUE"));
    REQUIRE(contains(error_in("{\"seed\": 1}", {"seed.x=1"}), "--set seed.x: \"x\" cannot be set in 1"));
    REQUIRE(contains(error_in("{\"data\": {\"augment\": []}}", {"data.augment[1]=cutout"}), "there is no entry 1"));
    REQUIRE(contains(error_in("{}", {"a[x=1"}), "a number in brackets names an entry of a list"));
}

TEST_CASE("an override reaches into what a name stands for", "[config]") {
    for (const char* text : {"{}", R"({"model": {"norm": "batch"}})", R"({"model": {"norm": {"type": "batch"}}})"}) {
        Json json = Json::parse(text);
        override_config(json, "model.norm.eps=0.001");
        CHECK(parse_config(json).model["norm"] == to_json(Norm{.eps = 0.001}));
    }
    Json json = {{"data", {{"augment", {"random_crop"}}}}};
    override_config(json, "data.augment[0].padding=2");
    REQUIRE(json["data"]["augment"][0] == Json{{"type", "random_crop"}, {"padding", 2}});
    REQUIRE(contains(error_in("{\"name\": \"a\"}", {"name.x=1"}), "--set name: expected a string"));
}

TEST_CASE("a run's length is a number of epochs or, if that is given, of steps", "[config]") {
    const auto train = [](const char* text) { return to_json(parse_config({{"train", Json::parse(text)}}))["train"]; };
    CHECK(train("{}")["epochs"] == 10);
    CHECK(train("{}")["steps"].is_null());
    const Json steps = train(R"({"epochs": 3, "steps": 100})");
    CHECK(steps["epochs"].is_null());
    CHECK(steps["steps"] == 100);
    CHECK(train(R"({"epochs": null, "steps": 100})") == steps);
    CHECK(error_of([&] { train(R"({"epochs": null})"); }) == "train.epochs: must be a whole number, or steps given");
    CHECK(error_of([&] { train(R"({"steps": 0})"); }) == "train.steps: must be at least 1, got 0");
    CHECK(error_of([&] { train(R"({"test_every": 0})"); }) == "train.test_every: must be at least 1, got 0");
}

TEST_CASE("a schedule's epochs become steps", "[config]") {
    const auto schedule = [](const char* text) {
        return parse_config(Json{{"schedule", Json::parse(text)}, {"optim", {{"lr", 1.0}}}}).schedule.of(1, 10, 100);
    };
    REQUIRE(schedule(R"({"type": "constant"})").at(99) == 1);
    const Schedule step = schedule(R"({"type": "step", "step_epochs": 2, "gamma": 0.5})");
    REQUIRE(step.at(19) == 1);
    REQUIRE(step.at(20) == 0.5);
    const Schedule multi =
        schedule(R"({"type": "multi_step", "milestones": [3, 5.5], "gamma": 0.5, "warmup_epochs": 1})");
    REQUIRE(std::abs(multi.at(0) - 1.0 / 11) < 1e-15);  // ten steps of warm-up: 1/11, 2/11, …
    REQUIRE(multi.at(29) == 1);
    REQUIRE(multi.at(30) == 0.5);
    REQUIRE(multi.at(55) == 0.25);
    const Schedule cosine = schedule(R"({"type": "cosine"})");
    REQUIRE(std::abs(cosine.at(50) - 0.5) < 1e-15);
    REQUIRE(schedule(R"({"type": "one_cycle", "pct_start": 0.3})").at(29) == 1);
}
