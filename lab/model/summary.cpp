#include "lab/model/summary.h"

#include <algorithm>
#include <cstring>

#include "framework/state.h"
#include "framework/support/files.h"
#include "lab/config/model_path.h"
#include "lab/model/model_file.h"
#include "lab/text/table.h"
#include "layers/conv2d.h"
#include "layers/factory.h"
#include "layers/linear.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

constexpr Index kAssumedClasses = 10;

// A safetensors file begins with the length of its header as a number of eight bytes. Read that way, a text's first
// eight letters are larger than any file.
bool holds_tensors(const std::string& contents) {
    if (is_pickle(contents)) return true;
    std::uint64_t length = 0;
    if (contents.size() < sizeof length) return false;
    std::memcpy(&length, contents.data(), sizeof length);
    return length <= contents.size();
}

// What a module holds itself.
struct Holdings : Members {
    void parameter(const std::string&, Var& parameter) override {
        if (parameter.defined()) parameters += parameter.value().elements();
    }
    void buffer(const std::string&, Tensor& tensor) override { buffers += tensor.elements(); }
    void counter(const std::string&, std::int64_t&) override { buffers += 1; }
    void child(const std::string&, Module&) override { children += 1; }
    Index parameters = 0, buffers = 0, children = 0;
};

Index multiply_adds(Module& module, const Shape& output) {
    const Images y = as_images(output);
    if (const auto* conv = dynamic_cast<const Conv2d*>(&module)) return conv->weight.value().elements() * y.pixels();
    if (const auto* linear = dynamic_cast<const Linear*>(&module)) return linear->weight.value().elements();
    return 0;
}

Shape without_batch(const Shape& shape) {
    std::vector<Index> sizes;
    for (int axis = 1; axis < shape.rank(); ++axis) sizes.push_back(shape[axis]);
    return Shape(std::span<const Index>(sizes));
}

}  // namespace

Net net_of(const Config& config) {
    const DataSource& source = config.data.source;
    const Shape image = image_of(source);
    const std::optional<Index> known = known_classes(source.name);
    const bool assumed = !known && !fs::exists(source.dir);
    const Index classes = known     ? *known
                          : assumed ? kAssumedClasses
                                    : static_cast<Index>(load(source).train.classes.size());
    return {make_model(config.model, image, classes), config.name, image, classes, assumed};
}

Net net_of_file(const fs::path& path, const std::vector<std::string>& overrides) {
    const fs::path file = model_file_of(path);
    if (!holds_tensors(read_file(file))) return net_of(load_config(file, overrides));
    if (!overrides.empty()) throw ConfigError("--set", path.string() + " is a model, which is as it is");
    Model model = load_model(file);
    return {std::move(model.module), model.config.name, model.image, static_cast<Index>(model.classes.size())};
}

std::vector<LayerSummary> summarize(Module& module, const Shape& image) {
    std::vector<std::pair<Module*, Shape>> outputs;
    const bool was_training = module.training();
    if (was_training) module.eval();
    {
        const ForwardListener listener(
            [&](Module& each, const Var&, const Var& y) { outputs.emplace_back(&each, without_batch(y.shape())); });
        module(Tensor::zeros({2, image[0], image[1], image[2]}));  // two: statistics of a single number are refused
    }
    if (was_training) module.train();

    std::vector<LayerSummary> layers;
    const std::vector<NamedModule> named = modules(module);
    for (const auto& [each, output] : outputs) {
        const auto found = std::ranges::find(named, each, &NamedModule::module);
        if (found == named.end()) continue;  // an empty shortcut is called, but is not a member
        Holdings own;
        each->members(own);
        if (own.children > 0) continue;
        layers.push_back(
            {found->name, each->kind(), output, own.parameters, own.buffers, multiply_adds(*each, output)});
    }
    return layers;
}

std::string summary_table(const std::vector<LayerSummary>& layers) {
    using enum Table::Align;
    Table table({{"layer"}, {"kind"}, {"output"}, {"parameters", right}, {"buffers", right}, {"multiply-adds", right}});
    const auto count = [](Index number) { return number == 0 ? "" : grouped(number); };
    LayerSummary total;
    for (const LayerSummary& layer : layers) {
        table.add({layer.name, layer.kind, layer.output.text(), count(layer.parameters), count(layer.buffers),
                   count(layer.multiply_adds)});
        total.parameters += layer.parameters;
        total.buffers += layer.buffers;
        total.multiply_adds += layer.multiply_adds;
    }
    table.add_line();
    table.add({"total", "", "", grouped(total.parameters), grouped(total.buffers), grouped(total.multiply_adds)});
    return table.text();
}

}  // namespace normlab
