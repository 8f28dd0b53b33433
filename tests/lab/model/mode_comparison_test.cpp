#include "lab/model/mode_comparison.h"

#include "framework/state.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/tiny_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

struct TrainedTiny : TinyRun {
    explicit TrainedTiny(const std::vector<std::string>& more = {}) {
        std::vector<std::string> words = {"train", "tiny.json", "--quiet", "--set", "train.epochs=3"};
        words.insert(words.end(), more.begin(), more.end());
        REQUIRE(run_normlab(path(), words).status == 0);
    }
    Model model() const {
        Model model = load_model(*this / "runs/tiny/model.safetensors");
        model.config.data.source.dir = *this / "set";
        return model;
    }
};

// A batch of one leaves its norm without a variance.
const std::vector<std::string> kOneValueAnImage = {
    "--set",
    R"(model.layers=[{"type": "flatten"}, {"type": "linear", "out": 8}, {"type": "norm"}, {"type": "linear"}])"};

}  // namespace

TEST_CASE("train mode is worse with small batches, and measuring it leaves the model as it was", "[modes]") {
    const TrainedTiny tiny;
    const Model model = tiny.model();
    const ImageSet set = load(model.config.data.source).test;
    const State before = state_of(*model.module);
    const std::vector<Scalar> mean = before.tensors[4].tensor.values();
    const auto results = in_train_mode(model, set, {1, 4, 20});
    REQUIRE(results.size() == 3);
    CHECK(results[0].evaluation->loss != results[2].evaluation->loss);
    CHECK_FALSE(model.module->training());
    REQUIRE(before.tensors[4].name == "1.running_mean");
    CHECK(state_of(*model.module).tensors[4].tensor.values() == mean);
    CHECK(evaluate(*model.module, set, model.scale).loss == evaluate(*tiny.model().module, set, model.scale).loss);
}

TEST_CASE("normlab eval in train mode shows both modes and explains what they differ by", "[modes]") {
    const TrainedTiny tiny;
    const Ended text = run_normlab(tiny.path(), {"eval", "runs/tiny", "--mode", "train"});
    REQUIRE(text.status == 0);
    for (const char* part : {"eval     any", "train      1", "train      4", "train     32", "train    256",
                             "batch norms (1 layer) use their running statistics", "dropout (1 layer)", "Call eval()"})
        CHECK(contains(text.out, part));
    const Json json =
        Json::parse(run_normlab(tiny.path(), {"eval", "runs/tiny", "--mode", "train", "--batch", "5", "--json"}).out);
    REQUIRE(json["train_mode"].size() == 1);
    CHECK(json["train_mode"][0]["batch"] == 5);
    CHECK(json["train_mode"][0]["loss"].get<double>() > 0);
    CHECK(json["count"] == 20);
    const Ended wrong = run_normlab(tiny.path(), {"eval", "runs/tiny", "--mode", "trian"});
    CHECK(wrong.status == 2);
    CHECK(contains(wrong.err, "did you mean \"train\"?"));
}

TEST_CASE("a model that computes alike in both modes loses nothing", "[modes]") {
    const TrainedTiny tiny({"--set", "model.norm=instance", "--set", "model.layers[3].p=0"});
    const Ended text = run_normlab(tiny.path(), {"eval", "runs/tiny", "--mode", "train"});
    CHECK(contains(text.out, "No layer of the model behaves differently in train mode"));
    const Json json = Json::parse(run_normlab(tiny.path(), {"eval", "runs/tiny", "--mode", "train", "--json"}).out);
    for (const Json& row : json["train_mode"]) CHECK(near(row["loss"].get<double>(), json["loss"].get<double>(), 1e-5));
}

TEST_CASE("a batch that has one value for a channel is reported, not hidden", "[modes]") {
    const TrainedTiny tiny(kOneValueAnImage);
    const Ended text = run_normlab(tiny.path(), {"eval", "runs/tiny", "--mode", "train"});
    CHECK(text.status == 0);
    CHECK(contains(text.out, "train      1       -         -"));
    CHECK(contains(text.out, "A batch of 1 cannot be computed: [BatchNorm2d] Expected more than 1 value"));
}

TEST_CASE("images that do not fill a batch are left out in train mode", "[modes]") {
    const TrainedTiny tiny(kOneValueAnImage);
    const Model model = tiny.model();
    const ImageSet set = load(model.config.data.source).test;
    REQUIRE(set.size() == 20);
    const auto results = in_train_mode(model, set, {19, 20, 21});
    CHECK(results[0].evaluation->count == 19);
    CHECK(results[1].evaluation->count == 20);
    CHECK(results[2].evaluation->count == 20);
}
