#include "lab/model/doctor.h"

#include <limits>

#include "lab/model/recalibrate.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/factory.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/tiny_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// A net in which nothing is wrong, trained for a few epochs on the small set.
Json healthy_config(const std::filesystem::path& set) {
    Json config = small_config(set);
    config["data"]["batch_size"] = 25;
    config["data"]["augment"] = Json::array();
    config["model"]["layers"] =
        Json::parse(R"([{"type": "conv2d", "out": 8, "padding": 1, "bias": false}, {"type": "norm"},
        {"type": "relu"}, {"type": "flatten"}, {"type": "linear"}])");
    config["train"]["epochs"] = 25;
    return config;
}

struct Patient : TemporaryFolder {
    explicit Patient(const Json& changes = Json::object()) {
        write_small_set(*this / "set");
        Json config = healthy_config(*this / "set");
        config.merge_patch(changes);
        run_small(config, *this / "run");
        model = load_model(*this / "run/model.safetensors");
        split = load(model.config.data.source);
    }
    Diagnosis diagnosis() const { return diagnose(model, split); }
    std::vector<std::string> kinds() const {
        std::vector<std::string> kinds;
        for (const Finding& finding : diagnosis().findings) kinds.push_back(finding.kind);
        return kinds;
    }
    const Finding finding(const std::string& kind) const {
        for (const Finding& each : diagnosis().findings)
            if (each.kind == kind) return each;
        FAIL("nothing of the kind " << kind);
        return {};
    }
    BatchNorm2d& norm() { return dynamic_cast<BatchNorm2d&>(*modules(*model.module)[2].module); }

    Model model;
    Split split;
};

using Names = std::vector<std::string>;

bool has(const Names& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

TEST_CASE("the doctor finds nothing in a healthy model, and leaves it as it was", "[doctor]") {
    Patient patient;
    const std::vector<Scalar> before = patient.norm().running.mean.values();
    CHECK(patient.kinds() == Names{});
    CHECK(patient.norm().running.mean.values() == before);
    CHECK_FALSE(patient.model.module->training());
    CHECK(to_text(patient.diagnosis()).ends_with("Nothing was found.\n"));
    CHECK(to_json(patient.diagnosis())["healthy"] == true);
    const LayerHealth layer = patient.diagnosis().layers.at(0);
    CHECK(layer.name == "1");
    CHECK(layer.values == 25 * 64);
    CHECK(layer.batches == 50);
}

TEST_CASE("the doctor finds statistics that never saw a batch", "[doctor]") {
    Patient patient;
    patient.norm().reset_running_stats();
    CHECK(patient.kinds().front() == "never-updated");
    CHECK(patient.finding("never-updated").layers == Names{"1"});
    CHECK_FALSE(has(patient.kinds(), "momentum-too-small"));
}

TEST_CASE("the doctor finds running statistics of other images, with their ratio", "[doctor]") {
    Patient patient;
    Scalar* variance = patient.norm().running.variance.mutable_data();
    for (Index c = 0; c < 8; ++c) variance[c] *= 16;
    const Finding finding = patient.finding("far-from-population");
    CHECK(finding.layers == Names{"1"});
    CHECK(near(finding.numbers["variance_ratio"].get<double>(), 16, 0.3));
    Patient shifted;
    corrupt(shifted.split.train, std::vector<Corruption>{Invert{}}, {});
    CHECK(has(shifted.kinds(), "far-from-population"));
}

TEST_CASE("the doctor finds a model that is right in train mode and wrong in eval mode", "[doctor]") {
    Patient patient;
    Scalar* mean = patient.norm().running.mean.mutable_data();
    for (Index c = 0; c < 8; ++c) mean[c] += c % 2 == 0 ? Scalar{5} : Scalar{-5};
    const Finding finding = patient.finding("train-above-eval");
    CHECK(finding.numbers["train"].get<double>() > finding.numbers["eval"].get<double>() + 0.05);
}

TEST_CASE("the doctor finds channels that do not vary, and names the first layer", "[doctor]") {
    Patient patient;
    Conv2d& conv = dynamic_cast<Conv2d&>(*modules(*patient.model.module)[1].module);
    std::fill_n(conv.weight.mutable_value().mutable_data(), 9, Scalar{0});
    const Finding finding = patient.finding("variance-near-zero");
    CHECK(finding.layers == Names{"1"});
    CHECK(contains(finding.what, "in 1, the first"));
}

TEST_CASE("the doctor finds numbers that are not finite before all else", "[doctor]") {
    Patient patient;
    patient.norm().running.variance.mutable_data()[3] = std::numeric_limits<Scalar>::infinity();
    CHECK(patient.kinds() == Names{"not-finite"});
    CHECK(patient.finding("not-finite").layers == Names{"1.running_var"});
    CHECK(to_json(patient.diagnosis())["eval_accuracy"].is_null());  // nothing was computed
}

TEST_CASE("the doctor finds dead channels: without scale, or never above zero", "[doctor]") {
    Patient patient;
    for (Index c : {2, 5}) patient.norm().weight.mutable_value().mutable_data()[c] = 0;
    CHECK(has(patient.finding("dead-channels").layers, "1"));
    Patient silent;
    for (Index c : {2, 5}) silent.norm().bias.mutable_value().mutable_data()[c] = -100;
    const Finding finding = silent.finding("dead-channels");
    CHECK(finding.layers == Names{"2"});
    CHECK(finding.numbers["dead"] == 2);
    CHECK(finding.numbers["channels"] == 8);
}

TEST_CASE("the doctor finds dead channels where ReLUs are part of larger modules", "[doctor]") {
    Patient patient;
    patient.model.module = make_model({{"arch", "resnet8"}}, {1, 8, 8}, 4);
    initialize(*patient.model.module, 1);
    for (const auto& [name, module] : modules(*patient.model.module))
        if (name == "layer2.0.bn1")
            for (Index c = 0; c < 16; ++c)
                dynamic_cast<BatchNorm2d&>(*module).bias.mutable_value().mutable_data()[c] = -100;
    const Finding finding = patient.finding("dead-channels");
    CHECK(finding.layers == Names{"layer2.0.conv2"});
    CHECK(finding.numbers["dead"] == 16);
}

TEST_CASE("the doctor finds batches that are too small for batch norm", "[doctor]") {
    const Patient patient(Json::parse(R"({"data": {"batch_size": 4}, "train": {"epochs": 10}, "model": {"layers": [
        {"type": "conv2d", "out": 8, "kernel": 8, "bias": false}, {"type": "norm"}, {"type": "relu"}, {"type": "flatten"},
        {"type": "linear"}]}})"));
    const Finding finding = patient.finding("batch-too-small");
    CHECK(finding.numbers["values"] == 4);  // one pixel of each image
    CHECK(near(finding.numbers["mean_noise"].get<double>(), 1 / std::sqrt(4.0), 1e-3));
}

TEST_CASE("the doctor finds a bias that a batch norm takes away", "[doctor]") {
    const Patient patient(Json::parse(R"({"model": {"layers": [{"type": "conv2d", "out": 8, "padding": 1},
        {"type": "norm"}, {"type": "relu"}, {"type": "flatten"}, {"type": "linear"}]}})"));
    CHECK(patient.kinds() == Names{"bias-before-norm"});
    CHECK(patient.finding("bias-before-norm").layers == Names{"0"});
}

TEST_CASE("the doctor measures how dropout before a norm shifts its input's variance", "[doctor]") {
    const Patient patient(Json::parse(R"({"model": {"layers": [{"type": "dropout", "p": 0.5},
        {"type": "conv2d", "out": 8, "padding": 1, "bias": false}, {"type": "norm"}, {"type": "relu"}, {"type": "flatten"},
        {"type": "linear"}]}})"));
    CHECK(patient.finding("dropout-before-norm").layers == Names{"2"});
    CHECK(patient.finding("dropout-before-norm").numbers["variance_ratio"].get<double>() > 1.1);
    const Patient behind(Json::parse(R"({"model": {"layers": [{"type": "conv2d", "out": 8, "padding": 1, "bias": false},
        {"type": "norm"}, {"type": "relu"}, {"type": "dropout", "p": 0.5}, {"type": "flatten"}, {"type": "linear"}]}})"));
    CHECK_FALSE(has(behind.kinds(), "dropout-before-norm"));
}

TEST_CASE("the doctor finds a momentum too small for the steps that there were", "[doctor]") {
    const Patient patient(Json::parse(R"({"model": {"norm": {"type": "batch", "momentum": 0.01}}})"));
    const Finding finding = patient.finding("momentum-too-small");
    CHECK(near(finding.numbers["share"].get<double>(), std::pow(0.99, 50), 1e-6));
    Patient mended(Json::parse(R"({"model": {"norm": {"type": "batch", "momentum": 0.01}}})"));
    recalibrate(*mended.model.module, mended.split.train, mended.model.scale);
    CHECK_FALSE(has(mended.kinds(), "momentum-too-small"));
    const Patient cumulative(
        Json::parse(R"({"model": {"norm": {"type": "batch", "momentum": 1}}, "train": {"epochs": 3}})"));
    CHECK_FALSE(has(cumulative.kinds(), "momentum-too-small"));
}

TEST_CASE("normlab doctor ends with 0 where it finds nothing and with 1 where it finds something", "[doctor]") {
    const Patient patient;
    const Ended healthy = run_normlab(patient.path(), {"doctor", "run"});
    INFO(healthy.err);
    CHECK(healthy.status == 0);
    CHECK(contains(healthy.out, "Nothing was found."));
    REQUIRE(run_normlab(patient.path(), {"bn", "run", "--reset", "--out", "reset.safetensors"}).status == 0);
    const Ended sick = run_normlab(patient.path(), {"doctor", "reset.safetensors"});
    CHECK(sick.status == 1);
    CHECK(sick.err.empty());
    CHECK(contains(sick.out, "1. never-updated (1)\n"));
    std::istringstream lines(sick.out);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() < 80);
    const Ended other = run_normlab(patient.path(), {"doctor", "reset.safetensors", "--corrupt", "invert"});
    CHECK(contains(other.out, "normlab bn reset.safetensors --recalibrate --corrupt invert --out FILE"));
    const Json json = Json::parse(run_normlab(patient.path(), {"doctor", "reset.safetensors", "--json"}).out);
    CHECK(json["healthy"] == false);
    CHECK(json["findings"][0]["kind"] == "never-updated");
    CHECK(contains(run_normlab(patient.path(), {"doctor", "run", "--data", "digits"}).err, "digits have shape"));
    std::filesystem::copy(patient / "set", patient / "three", std::filesystem::copy_options::recursive);
    for (const char* part : {"train", "test"}) std::filesystem::remove_all(patient / "three" / part / "d");
    CHECK(contains(run_normlab(patient.path(), {"doctor", "run", "--data", "folder", "--dir", "three"}).err,
                   "folder has 3 classes, the model knows 4"));
}
