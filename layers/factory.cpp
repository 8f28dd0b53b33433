#include "layers/factory.h"

#include <algorithm>

#include "layers/containers.h"
#include "layers/foreign_names.h"
#include "layers/init_options.h"
#include "layers/layer_kinds.h"
#include "layers/models/models.h"
#include "layers/norm_options.h"
#include "layers/norm_table.h"

namespace normlab {
namespace {

using Layer = std::unique_ptr<Module>;

Sequential make_layers(const Json& list, LayerContext& context, const std::string& path);

Layer make_residual(Fields& f, LayerContext& at) {
    LayerContext beside = at;
    Sequential layers, shortcut;
    const auto read_into = [](Sequential& to, LayerContext& context) -> FieldValue {
        return {.read = [&](const Json& list, const std::string& path) { to = make_layers(list, context, path); }};
    };
    f.value("layers", read_into(layers, at), "");
    f.value("shortcut", read_into(shortcut, beside), "");
    return std::make_unique<Residual>(std::move(layers), std::move(shortcut));
}

void describe_residual(Fields& f) {
    const FieldValue layers{.read = [](const Json&, const std::string&) {},
                            .write = [] { return Json::array(); },
                            .schema = {{"$ref", "#/$defs/layers"}}};
    f.value("layers", layers, "The main path");
    f.value("shortcut", layers, "The shortcut; without layers it is x itself");
}

// Every layer that a config can name.
const std::vector<LayerKind>& kinds() {
    static const std::vector<LayerKind> all = [] {
        std::vector<LayerKind> kinds = plain_layer_kinds();
        kinds.push_back({"norm", "The normalization named by the model's \"norm\"", [](Fields&) {},
                         [](Fields&, LayerContext& at) { return make_norm(at.norm, at.channels()); }});
        for (const NormRow& row : norm_table())
            if (row.layer) kinds.push_back(*row.layer);
        kinds.push_back({"residual", "layers(x) + shortcut(x)", describe_residual, make_residual});
        return kinds;
    }();
    return all;
}

const LayerKind& kind_named(const std::string& type, const std::string& path) {
    static const auto table = [] {
        std::vector<std::pair<std::string, const LayerKind*>> by_name;
        for (const LayerKind& kind : kinds()) by_name.emplace_back(kind.type, &kind);
        return by_name;
    }();
    return *JsonReader::chosen(type, table, path);
}

// Builds one layer and runs it to learn the shape of its output.
Layer make_layer(const Json& description, LayerContext& context, const std::string& path) {
    FieldReader reader(description, path);
    reader.expect_foreign(foreign_names_of_layers());
    std::string type;
    reader.require_key("type");
    reader.text("type", type, "");
    const LayerKind& kind = kind_named(type, path + ".type");
    try {
        const Shape input = context.shape;
        Layer layer = kind.make(reader, context);
        reader.finish();
        layer->eval();
        context.shape = layer->forward(Tensor::zeros(input)).shape();
        layer->train();
        return layer;
    } catch (const ConfigError&) {
        throw;
    } catch (const Error& error) {
        throw ConfigError(path, error.what());
    } catch (const std::bad_alloc&) {
        throw ConfigError(path, "there is not enough memory for this layer");
    }
}

Sequential make_layers(const Json& list, LayerContext& context, const std::string& path) {
    if (!list.is_array()) throw ConfigError(path, "expected a list of layers");
    Sequential layers;
    for (std::size_t i = 0; i < list.size(); ++i)
        layers.append(make_layer(list[i], context, path + "[" + std::to_string(i) + "]"));
    return layers;
}

using MakeNet = Layer (*)(const ModelOptions& model);

template <Sequential (*net)(const ModelOptions&)>
Layer make_sequential(const ModelOptions& model) {
    return std::make_unique<Sequential>(net(model));
}

template <Index depth>
Layer make_resnet(const ModelOptions& model) {
    return std::make_unique<ResNet>(model, depth);
}

const std::vector<std::pair<std::string, MakeNet>> kNets = {
    {"lenet", make_sequential<lenet>}, {"vgg", make_sequential<vgg>}, {"resnet9", make_sequential<resnet9>},
    {"resnet8", make_resnet<8>},       {"resnet14", make_resnet<14>}, {"resnet20", make_resnet<20>},
    {"resnet32", make_resnet<32>},     {"resnet44", make_resnet<44>}, {"resnet56", make_resnet<56>},
};

struct ModelSection {
    MakeNet net = nullptr;         // of "arch", or else
    const Json* layers = nullptr;  // the list
    Norm norm;
    Init init;
    bool weight_standardization = false;
};

FieldValue arch_field(MakeNet& net) {
    std::vector<std::string> names;
    for (const auto& each : kNets) names.push_back(each.first);
    return {.read =
                [&net](const Json& arch, const std::string& path) {
                    net = JsonReader::chosen(JsonReader::convert<std::string>(arch, path), kNets, path);
                },
            .write = [] { return Json("lenet"); },
            .schema = {{"enum", names}}};
}

void visit_section(Fields& f, ModelSection& model) {
    f.value("arch", arch_field(model.net),
            "A net by its name; by default lenet for grey images of 28x28, otherwise resnet20");
    f.value("layers",
            {.read = [&](const Json& list, const std::string&) { model.layers = &list; },
             .write = {},
             .schema = {{"$ref", "#/$defs/layers"}}},
            "The layers in order, instead of an arch; the last must give one number for each class");
    f.value("norm",
            {.read = [&](const Json& norm, const std::string& path) { model.norm = parse_norm(norm, path); },
             .write = [&] { return to_json(model.norm); },
             .schema = {{"$ref", "#/$defs/norm"}}},
            "Its normalization; a name, or an object with that name as type");
    f.value("init", init_field(model.init),
            "How the weights of convolutions and linear layers are drawn: a name, or an object with that name as type; "
            "standard is PyTorch's way");
    f.flag("weight_standardization", model.weight_standardization,
           "Convolutions normalize their kernels to mean 0 and variance 1; goes well with group norm");
}

Layer make_from_layers(const Json& list, const ModelOptions& model, const std::string& path) {
    const Shape& image = model.image;
    LayerContext context{.shape = {2, image[0], image[1], image[2]},
                         .norm = model.norm,
                         .classes = model.classes,
                         .init = model.init,
                         .weight_standardization = model.weight_standardization};
    Layer result = std::make_unique<Sequential>(make_layers(list, context, path));
    if (context.shape != Shape{2, model.classes})
        throw ConfigError(path, "the last layer must give one number for each of the " + std::to_string(model.classes) +
                                    " classes, but gives images of shape " + context.shape.text() +
                                    " for a batch of 2");
    return result;
}

}  // namespace

std::unique_ptr<Module> make_model(const Json& description, const Shape& image, Index classes,
                                   const std::string& path) {
    FieldReader reader(description, path);
    ModelSection section;
    visit_section(reader, section);
    if ((section.layers == nullptr) == (section.net == nullptr))
        throw ConfigError(path, "needs either \"arch\" or \"layers\"");
    reader.finish();
    const ModelOptions model{.norm = section.norm,
                             .image = image,
                             .classes = classes,
                             .init = section.init,
                             .weight_standardization = section.weight_standardization};
    if (section.layers != nullptr) return make_from_layers(*section.layers, model, path + ".layers");
    try {
        return section.net(model);
    } catch (const Error& error) {
        throw ConfigError(path, error.what());
    }
}

Json model_schema() {
    FieldDescriber describer;
    ModelSection section;
    visit_section(describer, section);
    Json schema = describer.schema();
    schema["not"] = {{"required", Json::array({"arch", "layers"})}};
    return schema;
}

Json model_definitions() {
    Json layers = Json::array();
    for (const LayerKind& kind : kinds()) {
        FieldDescriber describer;
        describer.properties["type"] = {{"const", kind.type}};
        kind.describe(describer);
        Json layer = {{"description", kind.about}};
        layer.update(describer.schema());
        layer.erase("type");  // all are objects
        layers.push_back(std::move(layer));
    }
    return {{"norm", norm_schema()},
            {"layers", {{"type", "array"}, {"items", {{"$ref", "#/$defs/layer"}}}}},
            {"layer", {{"type", "object"}, {"required", Json::array({"type"})}, {"oneOf", layers}}}};
}

bool layer_has_option(const std::string& type, const std::string& key) {
    const auto kind = std::ranges::find(kinds(), type, &LayerKind::type);
    if (kind == kinds().end()) return false;
    FieldDescriber describer;
    kind->describe(describer);
    return describer.properties.contains(key);
}

}  // namespace normlab
