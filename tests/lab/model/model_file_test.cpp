#include "lab/model/model_file.h"

#include "framework/state.h"
#include "framework/support/files.h"
#include "tests/catch.h"
#include "tests/support.h"
#include "tests/temporary.h"

using namespace normlab;
using namespace normlab::test;

namespace {

ImageSet grey_images() {
    ImageSet set{
        .name = "grey", .image = {1, 8, 8}, .pixels = std::vector<std::uint8_t>(4 * 64), .classes = {"cat", "dog"}};
    for (std::size_t i = 0; i < set.pixels.size(); ++i) set.pixels[i] = static_cast<std::uint8_t>(i % 256);
    set.labels = {0, 1, 0, 1};
    return set;
}

Config small_net() {
    return parse_config(
        Json::parse(R"({"data": {"name": "folder", "image_size": 8, "channels": 1}, "train": {"threads": 2},
        "model": {"layers": [{"type": "conv2d", "out": 3}, {"type": "norm"}, {"type": "flatten"}, {"type": "linear"}]}})"));
}

}  // namespace

TEST_CASE("a model file gives back all that is needed to use the model", "[model_file]") {
    const TemporaryFolder folder;
    Model model = build_model(small_net(), grey_images());
    (*model.module)(noise({2, 1, 8, 8}, 1));  // moves the running statistics
    save_model(folder / "model.safetensors", model);
    Model read = load_model(folder / "model.safetensors");
    REQUIRE(read.image == Shape{1, 8, 8});
    REQUIRE(read.classes == std::vector<std::string>{"cat", "dog"});
    REQUIRE(read.scale == model.scale);
    REQUIRE(read.config.model == model.config.model);
    REQUIRE_FALSE(read.module->training());
    model.module->eval();
    const Tensor x = noise({3, 1, 8, 8}, 2);
    REQUIRE(same_bits((*read.module)(x).value(), (*model.module)(x).value()));
}

TEST_CASE("a model file does not depend on the number of threads", "[model_file]") {
    const TemporaryFolder folder;
    Config config = small_net();
    save_model(folder / "two", build_model(config, grey_images()));
    config.train.threads = 1;
    save_model(folder / "one", build_model(config, grey_images()));
    REQUIRE(read_file(folder / "one") == read_file(folder / "two"));
}

TEST_CASE("weights in PyTorch's layout start a model", "[model_file]") {
    const TemporaryFolder folder;
    Config config = small_net();
    config.seed = 7;
    State weights = state_of(*build_model(config, grey_images()).module);
    write_safetensors(folder / "torch.safetensors", weights);
    config.seed = 8;
    config.init.weights = folder / "torch.safetensors";
    const Model model = build_model(config, grey_images());
    REQUIRE(same_bits(state_of(*model.module).tensors[0].tensor, weights.tensors[0].tensor));

    weights.tensors[0].name = "0.kernel";
    write_safetensors(folder / "torch.safetensors", weights);
    const std::string error = error_of([&] { build_model(config, grey_images()); });
    REQUIRE(contains(error, "torch.safetensors, does not fit the model"));
    REQUIRE(contains(error, "missing: 0.weight; unexpected: 0.kernel"));
}

TEST_CASE("a file that is no model is refused with what it is", "[model_file]") {
    const TemporaryFolder folder;
    const auto path = folder / "a.safetensors";
    const Model model = build_model(small_net(), grey_images());
    const auto error_with = [&](const State& state) {
        write_safetensors(path, state);
        return error_of([&] { load_model(path); });
    };
    REQUIRE(contains(error_with(state_of(*model.module)), "holds 8 tensors but not the config of their model"));
    State state = state_with_metadata(model);
    state.metadata["config"] = "{\"modle\": 1}";
    REQUIRE(contains(error_with(state), "cannot be used: modle: unknown key"));
    state = state_with_metadata(model);
    state.metadata.erase("classes");
    REQUIRE(contains(error_with(state), "cannot be used: classes: is missing"));
    state = state_with_metadata(model);
    state.metadata["normlab"] = "22";
    REQUIRE(contains(error_with(state), "has format 22; this version of normlab reads format 1"));
    state = state_with_metadata(model);
    state.tensors.pop_back();
    REQUIRE(contains(error_with(state), "cannot be used: [load_state] missing: 3.bias"));
    replace_file(path, "{}");
    REQUIRE(contains(error_of([&] { load_model(path); }), "too short for a safetensors file"));
}
