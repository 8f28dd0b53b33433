// Writes models of every layer, net and norm as ONNX into a folder, each with pixels and the logits that we make of
// them:
//   sample_onnx DIR
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "framework/state.h"
#include "framework/support/files.h"
#include "framework/support/random.h"
#include "lab/model/fold.h"
#include "lab/onnx/export.h"
#include "layers/factory.h"

using namespace normlab;

namespace {

namespace fs = std::filesystem;

constexpr Index kImages = 3;

double random_at(const std::string& name, Index i) {
    return random_normal(stream_named(1, name), 0, static_cast<std::uint64_t>(i));
}

// A model in which no parameter is what it starts as.
Model model_of(const std::string& name, const Json& section, const Shape& image) {
    const auto C = static_cast<std::size_t>(image[0]);
    Model model{.image = image,
                .classes = {"a", "b", "c"},
                .scale = {std::vector<double>(C, 0.4), std::vector<double>(C, 0.3)}};
    model.config.name = name;
    model.config.model = section;
    model.module = make_model(section, image, 3);
    initialize(*model.module, 1);
    for (const auto& [place, tensor] : state_dict(*model.module).tensors)
        for (Index i = 0; place.find("running") != std::string::npos && i < tensor->elements(); ++i)
            tensor->mutable_data()[i] = static_cast<Scalar>(0.5 + std::abs(random_at(place, i)));
    for (NamedParameter& each : parameters(*model.module))
        for (Index i = 0; each.parameter.shape().rank() == 1 && i < each.parameter.value().elements(); ++i)
            each.parameter.mutable_value().mutable_data()[i] += static_cast<Scalar>(0.3 * random_at(each.name, i));
    model.module->eval();
    return model;
}

void write(const fs::path& folder, const std::string& name, const Model& model) {
    const Shape shape = {kImages, model.image[0], model.image[1], model.image[2]};
    Tensor pixels(shape), scaled(shape);
    for (Index i = 0; i < pixels.elements(); ++i) {
        const double pixel = std::floor(128 + 60 * std::clamp(random_at("pixels", i), -2.0, 2.0));
        pixels.mutable_data()[i] = static_cast<Scalar>(pixel);
        scaled.mutable_data()[i] = static_cast<Scalar>((pixel / 255 - model.scale.mean[0]) / model.scale.std[0]);
    }
    const Tensor logits = (*model.module)(scaled).value();
    replace_file(folder / (name + ".onnx"), onnx::to_onnx(model));
    write_safetensors(folder / (name + ".safetensors"), {.tensors = {{"pixels", pixels}, {"logits", logits}}});
}

// A layer between two others, so that it is fed with more than an image.
Json around(const Json& layer) {
    return {{"layers", {{{"type", "conv2d"}, {"out", 8}}, layer, {{"type", "flatten"}}, {{"type", "linear"}}}}};
}

void write_layers(const fs::path& folder) {
    const Json schema = Json::parse(read_file(fs::path(NORMLAB_CONFIGS) / "schema.json"));
    for (const Json& described : schema["$defs"]["layer"]["oneOf"]) {
        const std::string type = described["properties"]["type"]["const"];
        Json layer = {{"type", type}};
        if (type == "linear") continue;  // is in all of them
        if (type == "conv2d") layer["out"] = 6;
        if (type == "group_norm") layer["num_groups"] = 4;
        write(folder, type, model_of(type, around(layer), {2, 11, 9}));
    }
    const std::vector<std::pair<std::string, const char*>> more = {
        {"conv_same",
         R"({"type": "conv2d", "out": 4, "kernel": [4, 3], "padding": "same", "dilation": 2, "bias": false})"},
        {"conv_strided", R"({"type": "conv2d", "out": 4, "stride": [2, 3], "padding": [2, 1], "groups": 2})"},
        {"conv_standardized", R"({"type": "conv2d", "out": 4, "weight_standardization": true})"},
        {"max_pool_ceil", R"({"type": "max_pool2d", "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": true})"},
        {"max_pool_dilated", R"({"type": "max_pool2d", "kernel": 2, "stride": 2, "dilation": 2})"},
        {"avg_pool_ceil", R"({"type": "avg_pool2d", "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": true})"},
        {"avg_pool_edges",
         R"({"type": "avg_pool2d", "kernel": 3, "padding": 1, "ceil_mode": true, "count_include_pad": false})"},
        {"avg_pool_divisor", R"({"type": "avg_pool2d", "divisor_override": 3})"},
        {"gelu_tanh", R"({"type": "gelu", "approximate": "tanh"})"},
        {"batch_of_the_batch", R"({"type": "batch_norm2d", "track_running_stats": false})"},
        {"instance_running", R"({"type": "instance_norm2d", "track_running_stats": true, "affine": true})"},
        {"residual_full",
         R"({"type": "residual", "layers": [{"type": "conv2d", "out": 4, "padding": 1}, {"type": "tanh"}],
                              "shortcut": [{"type": "conv2d", "out": 4, "kernel": 1}]})"},
    };
    for (const auto& [name, layer] : more) write(folder, name, model_of(name, around(Json::parse(layer)), {2, 11, 9}));
    const Json flat =
        Json::parse(R"({"layers": [{"type": "flatten"}, {"type": "linear", "out": 12}, {"type": "batch_norm2d"},
        {"type": "layer_norm"}, {"type": "relu"}, {"type": "linear", "bias": false}]})");
    write(folder, "flat", model_of("flat", flat, {2, 5, 4}));
}

void write_nets(const fs::path& folder) {
    for (const char* arch : {"lenet", "vgg", "resnet9", "resnet20"}) {
        const Model model = model_of(arch, {{"arch", arch}}, {3, 16, 16});
        write(folder, arch, model);
        write(folder, std::string(arch) + "_folded", folded(model, plan_fold(model)));
    }
    for (const char* norm : {"batch_renorm", "ghost_batch", "l1_batch", "group", "layer", "instance", "rms", "none"})
        write(folder, std::string("resnet8_") + norm,
              model_of(norm, {{"arch", "resnet8"}, {"norm", norm}}, {3, 16, 16}));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "usage: sample_onnx DIR\n"), 2;
    try {
        fs::create_directories(argv[1]);
        write_layers(argv[1]);
        write_nets(argv[1]);
    } catch (const Error& error) {
        return std::fprintf(stderr, "sample_onnx: %s\n", error.what()), 1;
    }
}
