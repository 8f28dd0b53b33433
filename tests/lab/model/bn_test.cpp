#include <cmath>
#include <map>
#include <numbers>

#include "framework/state.h"
#include "lab/model/fold.h"
#include "lab/model/recalibrate.h"
#include "layers/batch_norm2d.h"
#include "layers/factory.h"
#include "layers/l1_batch_norm2d.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/tiny_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// A model whose parameters and running statistics are none that it could begin with.
Model restless(const Json& section, const Shape& image) {
    Model model{.image = image, .classes = {"a", "b", "c"}, .scale = unit_scale(image[0])};
    model.config =
        parse_config({{"data", {{"name", "folder"}, {"channels", image[0]}, {"image_size", {image[1], image[2]}}}}});
    model.config.model = section;
    if (!model.config.model.contains("norm")) model.config.model["norm"] = {{"type", "batch"}};
    model.module = make_model(section, image, 3);
    initialize(*model.module, 1);
    std::uint64_t seed = 10;
    for (const auto& [name, tensor] : state_dict(*model.module).tensors) {
        if (tensor->shape().rank() != 1) continue;
        const Tensor random = noise(tensor->shape(), ++seed, name.ends_with("weight") ? 1 : 0, 0.3);
        const bool is_variance = name.ends_with("running_var");
        for (Index i = 0; i < tensor->elements(); ++i)
            tensor->mutable_data()[i] = is_variance ? std::abs(random.data()[i]) + Scalar(0.5) : random.data()[i];
    }
    model.module->eval();
    return model;
}

Tensor logits(const Model& model, std::uint64_t seed = 5) {
    return (*model.module)(noise({4, model.image[0], model.image[1], model.image[2]}, seed)).value();
}

ImageSet random_images(Index count, const Shape& image) {
    ImageSet set{.name = "random",
                 .image = image,
                 .labels = Labels(static_cast<std::size_t>(count), 0),
                 .classes = {"a", "b", "c"}};
    for (Index i = 0; i < count * image.elements(); ++i)
        set.pixels.push_back(
            static_cast<std::uint8_t>(random_words({3, 1}, 0, static_cast<std::uint64_t>(i))[0] % 256));
    return set;
}

Json layers(const std::string& text) {
    return {{"layers", Json::parse(text)}};
}

const Json kNet = layers(R"([{"type": "conv2d", "out": 4, "bias": false}, {"type": "norm"}, {"type": "relu"},
    {"type": "residual", "layers": [{"type": "conv2d", "out": 6, "padding": 1}, {"type": "batch_norm2d", "affine": false}],
     "shortcut": [{"type": "conv2d", "out": 6, "kernel": 1}, {"type": "batch_norm2d", "scale": false}]},
    {"type": "flatten"}, {"type": "linear", "out": 5}, {"type": "batch_norm2d", "center": false}, {"type": "tanh"},
    {"type": "linear"}])");

}  // namespace

TEST_CASE("folded models give the logits of the originals", "[fold]") {
    const auto [section, image] = GENERATE(table<Json, Shape>({
        {kNet, Shape{1, 6, 6}},
        {Json{{"arch", "lenet"}, {"norm", "batch"}}, Shape{1, 28, 28}},
        {Json{{"arch", "vgg"}, {"norm", "batch_renorm"}}, Shape{3, 16, 16}},
        {Json{{"arch", "resnet9"}, {"norm", {{"type", "ghost_batch"}, {"eps", 1e-3}}}}, Shape{3, 16, 16}},
        {Json{{"arch", "resnet8"}, {"norm", {{"type", "batch"}, {"affine", false}}}}, Shape{3, 16, 16}},
        {Json{{"arch", "resnet8"}, {"norm", "l1_batch"}}, Shape{3, 16, 16}},
        {Json{{"arch", "resnet20"}, {"norm", {{"type", "batch"}, {"scale", false}}}, {"weight_standardization", true}},
         Shape{3, 16, 16}},
        {Json{{"arch", "lenet"}, {"norm", {{"type", "instance"}, {"track_running_stats", true}}}}, Shape{1, 28, 28}},
        {Json{{"arch", "lenet"}, {"norm", {{"type", "batch"}, {"trainable", false}, {"convention", "keras"}}}},
         Shape{1, 28, 28}},
        {Json{{"arch", "lenet"}, {"norm", {{"type", "sync_batch"}, {"use_batch_stats", false}}}}, Shape{1, 28, 28}},
    }));
    const Model model = restless(section, image);
    const FoldPlan plan = plan_fold(model);
    CHECK(plan.left.empty());
    const Model result = folded(model, plan);
    CHECK(relative_error(logits(result), logits(model)) < 1e-5);
    for (const auto& [name, module] : modules(*result.module)) CHECK_FALSE(module->is_norm());

    const TemporaryFolder folder;
    save_model(folder / "folded.safetensors", result);
    CHECK(same_bits(logits(load_model(folder / "folded.safetensors")), logits(result)));
}

TEST_CASE("a norm that cannot be folded stays, with the reason", "[fold]") {
    const Model model =
        restless(layers(R"([{"type": "batch_norm2d"}, {"type": "conv2d", "out": 4}, {"type": "batch_norm2d"},
        {"type": "relu"}, {"type": "batch_norm2d"}, {"type": "conv2d", "out": 4, "padding": 1},
        {"type": "residual", "layers": [{"type": "batch_norm2d"}, {"type": "relu"}]},
        {"type": "conv2d", "out": 4}, {"type": "batch_norm2d", "track_running_stats": false},
        {"type": "conv2d", "out": 4}, {"type": "group_norm", "num_groups": 2}, {"type": "flatten"}, {"type": "linear"}])"),
                 {1, 8, 8});
    const FoldPlan plan = plan_fold(model);
    REQUIRE(plan.pairs.size() == 1);
    CHECK(plan.pairs[0].weighted == "1");
    CHECK(plan.pairs[0].norm == "2");
    std::map<std::string, std::string> left;
    for (const auto& [norm, why] : plan.left) left[norm] = why;
    CHECK(left["0"] == "no layer before it to fold it into");
    CHECK(left["4"] == "comes after ReLU 3, which is not a convolution or linear layer");
    CHECK(left["6.f.0"] == "the output of 5 is also used by Residual 6");
    CHECK(left["8"] == "BatchNorm2d uses its input's statistics in evaluation, too");
    CHECK(left["10"] == "GroupNorm uses its input's statistics in evaluation, too");
    CHECK(relative_error(logits(folded(model, plan)), logits(model)) < 1e-5);
}

TEST_CASE("recalibrating gives each layer the statistics of all images in float64", "[recalibrate]") {
    const Model model = restless(kNet, {1, 6, 6});
    const ImageSet images = random_images(60, model.image);
    REQUIRE(recalibrate(*model.module, images, model.scale, 60) == 4);

    // The first layer: its convolution's outputs, summed up in double.
    auto& conv = *modules(*model.module)[1].module;
    auto& norm = dynamic_cast<BatchNorm2d&>(*modules(*model.module)[2].module);
    Tensor x({60, 1, 6, 6});
    for (std::size_t i = 0; i < images.pixels.size(); ++i) x.mutable_data()[i] = images.pixels[i] / Scalar{255};
    const Tensor y = conv(x).value();
    for (Index c = 0; c < 4; ++c) {
        double sum = 0, squares = 0, count = static_cast<double>(y.elements() / 4);
        for (Index i = c; i < y.elements(); i += 4) sum += y.data()[i];
        for (Index i = c; i < y.elements(); i += 4) squares += std::pow(y.data()[i] - sum / count, 2);
        CHECK(near(norm.running.mean.data()[c], sum / count, 1e-6));
        CHECK(near(norm.running.variance.data()[c], squares / (count - 1), 1e-6));
    }
    // Every layer: in evaluation all images together now have mean β and variance γ².
    const auto fed = populations(*model.module, images, model.scale);
    for (const auto& [name, module, population] : fed) {
        const RunningStatistics& running = *running_statistics(*module);
        for (std::size_t c = 0; c < population.mean().size(); ++c) {
            CHECK(std::abs(running.mean.data()[c] - population.mean()[c]) < 1e-5);
            CHECK(near(running.variance.data()[c],
                       population.variance()[c] * population.count() / (population.count() - 1), 1e-4));
        }
    }
}

TEST_CASE("recalibrating gives an L1 batch norm the mean absolute deviation of all images", "[recalibrate]") {
    const Model model = restless(layers(R"([{"type": "conv2d", "out": 4}, {"type": "l1_batch_norm2d"}, {"type": "relu"},
        {"type": "flatten"}, {"type": "linear"}])"),
                                 {1, 6, 6});
    const ImageSet images = random_images(60, model.image);
    REQUIRE(recalibrate(*model.module, images, model.scale, 25) == 1);
    auto& conv = *modules(*model.module)[1].module;
    auto& norm = dynamic_cast<L1BatchNorm2d&>(*modules(*model.module)[2].module);
    Tensor x({60, 1, 6, 6});
    for (std::size_t i = 0; i < images.pixels.size(); ++i) x.mutable_data()[i] = images.pixels[i] / Scalar{255};
    const Tensor y = conv(x).value();
    for (Index c = 0; c < 4; ++c) {
        double sum = 0, deviations = 0, count = static_cast<double>(y.elements() / 4);
        for (Index i = c; i < y.elements(); i += 4) sum += y.data()[i];
        for (Index i = c; i < y.elements(); i += 4) deviations += std::abs(y.data()[i] - sum / count);
        const double variance = std::numbers::pi / 2 * std::pow(deviations / count, 2);
        CHECK(near(norm.running.mean.data()[c], sum / count, 1e-6));
        CHECK(near(norm.running.variance.data()[c], variance * count / (count - 1), 1e-5));
    }
    CHECK(near(populations(*model.module, images, model.scale)[0].variance()[0],
               norm.running.variance.data()[0] * 959 / 960.0, 1e-5));
}

TEST_CASE("recalibrated statistics do not depend on the batch size", "[recalibrate]") {
    const ImageSet images = random_images(60, {1, 6, 6});
    const auto statistics = [&](Index batch_size) {
        const Model model = restless(kNet, {1, 6, 6});
        recalibrate(*model.module, images, model.scale, batch_size);
        return state_of(*model.module);
    };
    const State whole = statistics(60);
    for (const Index batch_size : {1, 4, 30, 7}) {
        const State parts = statistics(batch_size);
        for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
            INFO(whole.tensors[i].name << " with batches of " << batch_size);
            CHECK(relative_error(parts.tensors[i].tensor, whole.tensors[i].tensor) < 1e-6);
        }
    }
}

TEST_CASE("pooled variances have what averaged ones leave out: how far the images' means are apart", "[recalibrate]") {
    Population population(1);
    // Two images: 0, 2 and 10, 12. Each has the variance 1; all four numbers have mean 6, variance 26.
    population.add(Tensor::of({1, 1, 1, 2}, {0, 2}));
    population.add(Tensor::of({1, 1, 1, 2}, {10, 12}));
    CHECK(population.mean()[0] == 6);
    CHECK(population.variance()[0] == 26);
    CHECK(population.mean_variance()[0] == 2);  // unbiased, 2/(2 - 1)
    CHECK(population.count() == 4);
}

TEST_CASE("normlab bn resets, re-estimates, freezes and folds into a new file", "[bn]") {
    const TinyRun tiny;
    const auto normlab = [&](std::vector<std::string> words) {
        const Ended outcome = run_normlab(tiny.path(), std::move(words));
        INFO(outcome.err);
        REQUIRE(outcome.status == 0);
        return outcome.out;
    };
    normlab({"train", "tiny.json", "--set", "train.epochs=3", "--quiet"});
    const std::string before = read_file(tiny / "runs/tiny/model.safetensors");

    CHECK(contains(normlab({"bn", "runs/tiny", "--reset", "--out", "reset.safetensors"}), "reset 1 layer:"));
    CHECK(running_statistics(*modules(*load_model(tiny / "reset.safetensors").module)[2].module)->batches == 0);

    CHECK(contains(normlab({"bn", "reset.safetensors", "--recalibrate", "--out", "new.safetensors"}),
                   "re-estimated 1 layer from 50 images of folder"));
    normlab({"bn", "runs/tiny", "--recalibrate", "--batch", "10", "--out", "ten.safetensors"});
    const auto variance = [&](const char* file) {
        return running_statistics(*modules(*load_model(tiny / file).module)[2].module)->variance;
    };
    CHECK(relative_error(variance("ten.safetensors"), variance("new.safetensors")) < 1e-6);
    CHECK(contains(normlab({"bn", "runs/tiny", "--recalibrate", "--batch", "10", "--batches", "2", "--corrupt",
                            "invert", "--out", "two.safetensors"}),
                   "from 20 images"));

    normlab({"bn", "runs/tiny", "--freeze", "--out", "frozen.safetensors"});
    CHECK(modules(*load_model(tiny / "frozen.safetensors").module)[2].module->frozen());
    normlab({"bn", "frozen.safetensors", "--unfreeze", "--out", "frozen.safetensors", "--overwrite"});
    CHECK_FALSE(modules(*load_model(tiny / "frozen.safetensors").module)[2].module->frozen());

    CHECK(contains(normlab({"bn", "runs/tiny", "--fold", "--out", "folded.safetensors"}), "folded 1 into 0\n"));
    const Json whole = Json::parse(normlab({"eval", "runs/tiny", "--json"}));
    const Json folded = Json::parse(normlab({"eval", "folded.safetensors", "--json"}));
    CHECK(near(folded["loss"].get<double>(), whole["loss"].get<double>(), 1e-5));
    CHECK(read_file(tiny / "runs/tiny/model.safetensors") == before);
}

TEST_CASE("a config without a model uses that of init.weights, frozen norms included", "[bn]") {
    const TinyRun tiny;
    REQUIRE(run_normlab(tiny.path(),
                        {"train", "tiny.json", "--set", "train.epochs=1", "--set", "model.norm=sync_batch", "--quiet"})
                .status == 0);
    REQUIRE(run_normlab(tiny.path(), {"bn", "runs/tiny", "--freeze", "--out", "frozen.safetensors"}).status == 0);
    Json config = Json::parse(read_file(tiny / "tiny.json"));
    config.erase("model");
    config["init"]["weights"] = (tiny / "frozen.safetensors").string();
    const Config parsed = parse_config(config);
    CHECK(parsed.model["layers"].size() == 6);
    CHECK(parsed.model["norm"]["trainable"] == false);
}

TEST_CASE("each misuse of normlab bn has its error, and nothing is written", "[bn]") {
    using Words = std::vector<std::string>;
    const TinyRun tiny;
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--set", "train.epochs=1", "--quiet"}).status == 0);
    for (const char* norm : {"group", "none"})
        REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--set", "train.epochs=1", "--quiet", "--out", norm,
                                          "--set", std::string("model.norm=") + norm})
                    .status == 0);
    const std::string before = read_file(tiny / "runs/tiny/model.safetensors");
    write_safetensors(tiny / "foreign.safetensors", {.tensors = {{"w", Tensor::zeros({2, 2})}}});
    struct Case {
        Words words;
        int status;
        std::string error;
    };
    const std::vector<Case> cases = {
        {{"runs/tiny", "--out", "x"}, 2, "bn needs one of --reset"},
        {{"runs/tiny", "--reset", "--fold", "--out", "x"}, 2, "got 2 of them"},
        {{"runs/tiny", "--reset"}, 2, "bn needs --out"},
        {{"runs/tiny", "--reset", "--out", "runs/tiny/model.safetensors"}, 2, "--overwrite replaces it"},
        {{"runs/tiny", "--reset", "--out", "runs"}, 2, "--out runs is a folder"},
        {{"runs/tiny", "--reset", "--corrupt", "blur", "--out", "x"}, 2, "only --recalibrate looks at images"},
        {{"runs/tiny", "--recalibrate", "--corrupt", "blurr", "--out", "x"}, 2, "did you mean \"blur\"?"},
        {{"group", "--fold", "--out", "x"}, 1, "no norm of the model can be folded; 1: GroupNorm uses its input's"},
        {{"none", "--fold", "--out", "x"}, 1, "the model has no norm"},
        {{"group", "--reset", "--out", "x"},
         1,
         "--reset: no layer of the model keeps running statistics (its norm is group)"},
        {{"group", "--recalibrate", "--out", "x"}, 1, "--recalibrate: no layer"},
        {{"none", "--freeze", "--out", "x"}, 1, "--freeze: no layer"},
        {{"runs/tiny", "--recalibrate", "--data", "digits", "--out", "x"}, 1, "digits have shape (1,28,28)"},
        {{"foreign.safetensors", "--reset", "--out", "x"}, 1, "was not written by normlab"},
        {{"nowhere", "--reset", "--out", "x"}, 2, "there is no model nowhere"},
    };
    for (const auto& [words, status, error] : cases) {
        Words all = {"bn"};
        all.insert(all.end(), words.begin(), words.end());
        const Ended outcome = run_normlab(tiny.path(), all);
        INFO(outcome.err);
        CHECK(outcome.status == status);
        CHECK(contains(outcome.err, error));
        CHECK_FALSE(std::filesystem::exists(tiny / "x"));
    }
    CHECK(read_file(tiny / "runs/tiny/model.safetensors") == before);
}
