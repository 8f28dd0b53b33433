#include "lab/onnx/export.h"

#include <algorithm>

#include "lab/model/evaluation.h"
#include "lab/onnx/layers.h"
#include "layers/layers.h"

namespace normlab::onnx {
namespace {

class Exporter {
  public:
    explicit Exporter(const Model& model) : model_(model) {
        const EvalMode mode(*model.module);
        const ForwardListener listener([&](Module& module, const Var& x, const Var& y) {
            shapes_[&module] = {x.shape(), y.shape()};
        });
        (*model.module)(Tensor::zeros({2, model.image[0], model.image[1], model.image[2]}));
    }
    std::string file();

  private:
    struct Children : Members {
        std::vector<NamedModule> all;
        void child(const std::string& name, Module& module) override { all.push_back({name, &module}); }
        Module* find(const std::string& name) const {
            const auto found = std::ranges::find(all, name, &NamedModule::name);
            return found == all.end() ? nullptr : found->module;
        }
    };
    // A module by its name within the one around it.
    std::string part(const Children& children, const std::string& around, const std::string& name,
                     const std::string& x) {
        Module* module = children.find(name);
        return module == nullptr ? x : written(*module, join_names(around, name), x);
    }
    std::string written(Module& module, const std::string& name, const std::string& x);
    std::string sequential(const Children& children, const std::string& name, std::string x);
    std::string residual(const Children& children, const std::string& name, const std::string& x);
    std::string basic_block(const Children& children, const std::string& name, const std::string& x);
    std::string resnet(const Children& children, const std::string& x);

    const Model& model_;
    std::map<const Module*, std::pair<Shape, Shape>> shapes_;
    Graph graph_;
};

// Layers that are one node, or none ("").
const std::map<std::string, std::string> kPlain = {
    {"ReLU", "Relu"},       {"Sigmoid", "Sigmoid"},
    {"Tanh", "Tanh"},       {"GlobalAvgPool2d", "GlobalAveragePool"},
    {"Flatten", "Flatten"}, {"GlobalMaxPool2d", "GlobalMaxPool"},
    {"Identity", ""},       {"Dropout", ""},
    {"Dropout2d", ""},
};
const std::map<std::string, std::string (*)(const Site&, Module&, const std::string&)> kLayers = {
    {"Conv2d", convolution},
    {"Linear", linear},
    {"MaxPool2d", max_pool},
    {"AvgPool2d", avg_pool},
    {"LeakyReLU", leaky_relu},
    {"GELU", gelu},
    {"SiLU", silu},
    {"BatchNorm2d", batch_norm},
    {"SyncBatchNorm2d", batch_norm},
    {"BatchRenorm2d", batch_norm},
    {"GhostBatchNorm2d", batch_norm},
    {"L1BatchNorm2d", batch_norm},
    {"InstanceNorm2d", instance_norm},
    {"GroupNorm", group_norm},
    {"LayerNorm", layer_norm},
    {"RMSNorm", rms_norm},
};

std::string Exporter::written(Module& module, const std::string& name, const std::string& x) {
    Children children;
    module.members(children);
    const std::string kind = module.kind();
    if (kind == "Sequential") return sequential(children, name, x);
    if (kind == "Residual") return residual(children, name, x);
    if (kind == "BasicBlock") return basic_block(children, name, x);
    if (kind == "ResNet") return resnet(children, x);
    if (const auto plain = kPlain.find(kind); plain != kPlain.end())
        return plain->second.empty() ? x : graph_.node(plain->second, {x}, {}, name);
    const auto layer = kLayers.find(kind);
    require(layer != kLayers.end(), "export", "no ONNX is known for ", kind, " ", name);
    const auto& [in, out] = shapes_.at(&module);
    return layer->second({graph_, name, in, out}, module, x);
}

std::string Exporter::sequential(const Children& children, const std::string& name, std::string x) {
    for (const NamedModule& each : children.all) x = written(*each.module, join_names(name, each.name), x);
    return x;
}

std::string Exporter::residual(const Children& children, const std::string& name, const std::string& x) {
    return graph_.node("Add", {part(children, name, "f", x), part(children, name, "shortcut", x)}, {}, name);
}

std::string Exporter::basic_block(const Children& children, const std::string& name, const std::string& x) {
    const auto conv_norm = [&](const std::string& number, const std::string& in) {
        return part(children, name, "bn" + number, part(children, name, "conv" + number, in));
    };
    const std::string y = conv_norm("2", graph_.node("Relu", {conv_norm("1", x)}));
    return graph_.node("Relu", {graph_.node("Add", {y, part(children, name, "downsample", x)})}, {}, name);
}

std::string Exporter::resnet(const Children& children, const std::string& x) {
    std::string y = graph_.node("Relu", {part(children, "", "bn1", part(children, "", "conv1", x))});
    for (const char* stage : {"layer1", "layer2", "layer3"}) y = part(children, "", stage, y);
    return part(children, "", "fc", graph_.node("Flatten", {graph_.node("GlobalAveragePool", {y})}));
}

// (pixel/255 − mean)/std = pixel · 1/(255 std) + (−mean/std)
std::string Exporter::file() {
    const Shape& image = model_.image;
    Tensor factor({image[0], 1, 1}), offset({image[0], 1, 1});
    for (Index c = 0; c < image[0]; ++c) {
        const auto channel = static_cast<std::size_t>(c);
        factor.mutable_data()[c] = static_cast<Scalar>(1 / (255 * model_.scale.std[channel]));
        offset.mutable_data()[c] = static_cast<Scalar>(-model_.scale.mean[channel] / model_.scale.std[channel]);
    }
    graph_.input("pixels", {image[0], image[1], image[2]});
    const std::string scaled = graph_.node("Mul", {"pixels", graph_.constant("pixel_scale", factor)});
    const std::string x = graph_.node("Add", {scaled, graph_.constant("pixel_offset", offset)});
    graph_.node("Identity", {written(*model_.module, "", x)}, {}, "logits");
    graph_.output("logits", {static_cast<Index>(model_.classes.size())});
    return graph_.bytes(model_.config.name, {{"classes", Json(model_.classes).dump()}});
}

}  // namespace

std::string to_onnx(const Model& model) {
    return Exporter(model).file();
}

}  // namespace normlab::onnx
