#include "layers/factory.h"

#include <functional>

#include "layers/layers.h"

namespace normlab {
namespace {

// What the layers before have led to.
struct Place {
    Shape shape;  // of the input to the next layer, for two images
    Norm norm;
    Index classes;
    bool weight_standardization;
    Index channels() const { return shape[1]; }
};

using Layer = std::unique_ptr<Module>;

Sequential make_layers(const Json& list, Place& place, const std::string& path);

const std::vector<std::pair<std::string, Init>> kInits = {
    {"standard", Init::standard},
    {"kaiming_uniform", Init::kaiming_uniform},
    {"kaiming_normal", Init::kaiming_normal},
    {"kaiming_normal_fan_out", Init::kaiming_normal_fan_out},
    {"xavier_uniform", Init::xavier_uniform},
    {"xavier_normal", Init::xavier_normal},
};

Padding padding_of(JsonReader& o) {
    const Json* value = o.find("padding");
    if (value != nullptr && *value == "same") return Padding::Same();
    return o.get<Pair>("padding", 0);
}

Layer make_conv2d(JsonReader& o, Place& at) {
    return std::make_unique<Conv2d>(
        Conv2dOptions{.in = at.channels(),
                      .out = o.get<Index>("out"),
                      .kernel = o.get<Pair>("kernel", 3),
                      .stride = o.get<Pair>("stride", 1),
                      .padding = padding_of(o),
                      .dilation = o.get<Pair>("dilation", 1),
                      .groups = o.get<Index>("groups", 1),
                      .bias = o.get("bias", true),
                      .init = o.choice("init", kInits, Init::standard),
                      .weight_standardization = o.get("weight_standardization", at.weight_standardization)});
}

Layer make_linear(JsonReader& o, Place& at) {
    return std::make_unique<Linear>(LinearOptions{.in = at.channels(),
                                                  .out = o.get<Index>("out", at.classes),
                                                  .bias = o.get("bias", true),
                                                  .init = o.choice("init", kInits, Init::standard)});
}

template <NormType type>
Layer make_batch_norm(JsonReader& o, Place& at) {
    return make_norm(norm_options(o, type), at.channels());
}

Layer make_instance_norm2d(JsonReader& o, Place& at) {
    return std::make_unique<InstanceNorm2d>(
        InstanceNorm2dOptions{.num_features = at.channels(),
                              .eps = o.get("eps", 1e-5),
                              .momentum = o.get<std::optional<double>>("momentum", 0.1),
                              .affine = o.get("affine", false),
                              .track_running_stats = o.get("track_running_stats", false)});
}

Layer make_group_norm(JsonReader& o, Place& at) {
    return std::make_unique<GroupNorm>(GroupNormOptions{.num_groups = o.get<Index>("num_groups"),
                                                        .num_channels = at.channels(),
                                                        .eps = o.get("eps", 1e-5),
                                                        .affine = o.get("affine", true)});
}

Layer make_layer_norm(JsonReader& o, Place& at) {
    const Images image = as_images(at.shape);
    return std::make_unique<LayerNorm>(
        LayerNormOptions{.normalized_shape = at.shape.rank() == 2 ? Shape{image.C} : Shape{image.C, image.H, image.W},
                         .eps = o.get("eps", 1e-5),
                         .elementwise_affine = o.get("elementwise_affine", true),
                         .bias = o.get("bias", true)});
}

Layer make_rms_norm(JsonReader& o, Place& at) {
    return std::make_unique<RMSNorm>(
        RMSNormOptions{.num_channels = at.channels(), .eps = o.get("eps", 1e-5), .affine = o.get("affine", true)});
}

Layer make_max_pool2d(JsonReader& o, Place&) {
    return std::make_unique<MaxPool2d>(MaxPoolOptions{.kernel = o.get<Pair>("kernel", 2),
                                                      .stride = o.get<Pair>("stride", 0),
                                                      .padding = o.get<Pair>("padding", 0),
                                                      .dilation = o.get<Pair>("dilation", 1),
                                                      .ceil_mode = o.get("ceil_mode", false)});
}

Layer make_avg_pool2d(JsonReader& o, Place&) {
    return std::make_unique<AvgPool2d>(
        AvgPoolOptions{.kernel = o.get<Pair>("kernel", 2),
                       .stride = o.get<Pair>("stride", 0),
                       .padding = o.get<Pair>("padding", 0),
                       .ceil_mode = o.get("ceil_mode", false),
                       .count_include_pad = o.get("count_include_pad", true),
                       .divisor_override = o.get<std::optional<Index>>("divisor_override", std::nullopt).value_or(0)});
}

Layer make_gelu(JsonReader& o, Place&) {
    return std::make_unique<GELU>(
        GELU::Options{.tanh_approximation = o.choice<bool>("approximate", {{"none", false}, {"tanh", true}}, false)});
}

Layer make_residual(JsonReader& o, Place& at) {
    Place shortcut_place = at;
    const Json empty = Json::array();
    const Json *layers = o.find("layers"), *shortcut = o.find("shortcut");
    Sequential f = make_layers(layers == nullptr ? empty : *layers, at, o.path_of("layers"));
    Sequential side = make_layers(shortcut == nullptr ? empty : *shortcut, shortcut_place, o.path_of("shortcut"));
    return std::make_unique<Residual>(std::move(f), std::move(side));
}

template <class Plain>
Layer make_plain(JsonReader&, Place&) {
    return std::make_unique<Plain>();
}

template <class Drop>
Layer make_dropout(JsonReader& o, Place&) {
    return std::make_unique<Drop>(DropoutOptions{.p = o.get("p", 0.5)});
}

using Maker = Layer (*)(JsonReader&, Place&);

// Every layer that a config can name.
const std::vector<std::pair<std::string, Maker>> kLayers = {
    {"conv2d", make_conv2d},
    {"linear", make_linear},
    {"norm", [](JsonReader&, Place& at) { return make_norm(at.norm, at.channels()); }},
    {"batch_norm2d", make_batch_norm<NormType::batch>},
    {"batch_renorm2d", make_batch_norm<NormType::batch_renorm>},
    {"ghost_batch_norm2d", make_batch_norm<NormType::ghost_batch>},
    {"group_norm", make_group_norm},
    {"layer_norm", make_layer_norm},
    {"instance_norm2d", make_instance_norm2d},
    {"rms_norm", make_rms_norm},
    {"relu", make_plain<ReLU>},
    {"leaky_relu",
     [](JsonReader& o, Place&) -> Layer {
         return std::make_unique<LeakyReLU>(LeakyReLU::Options{.negative_slope = o.get("negative_slope", 0.01)});
     }},
    {"sigmoid", make_plain<Sigmoid>},
    {"tanh", make_plain<Tanh>},
    {"gelu", make_gelu},
    {"silu", make_plain<SiLU>},
    {"dropout", make_dropout<Dropout>},
    {"dropout2d", make_dropout<Dropout2d>},
    {"max_pool2d", make_max_pool2d},
    {"avg_pool2d", make_avg_pool2d},
    {"global_avg_pool2d", make_plain<GlobalAvgPool2d>},
    {"global_max_pool2d", make_plain<GlobalMaxPool2d>},
    {"flatten", make_plain<Flatten>},
    {"identity", make_plain<Identity>},
    {"residual", make_residual},
};

// Builds one layer and learns what it makes of its input by asking it.
Layer make_layer(const Json& description, Place& place, const std::string& path) {
    JsonReader options(description, path);
    const Maker maker = JsonReader::chosen(options.get<std::string>("type"), kLayers, options.path_of("type"));
    try {
        const Shape input = place.shape;
        Layer layer = maker(options, place);
        options.finish();
        layer->eval();
        place.shape = layer->forward(Tensor::zeros(input)).shape();
        layer->train();
        return layer;
    } catch (const ConfigError&) {
        throw;
    } catch (const Error& error) {
        throw ConfigError(path, error.what());
    }
}

Sequential make_layers(const Json& list, Place& place, const std::string& path) {
    if (!list.is_array()) throw ConfigError(path, "expected a list of layers");
    Sequential layers;
    for (std::size_t i = 0; i < list.size(); ++i)
        layers.append(make_layer(list[i], place, path + "[" + std::to_string(i) + "]"));
    return layers;
}

Layer make_named(JsonReader& options, const ModelOptions& model) {
    using Make = std::function<Layer()>;
    const std::vector<std::pair<std::string, Make>> nets = {
        {"lenet", [&] { return std::make_unique<Sequential>(lenet(model)); }},
        {"vgg", [&] { return std::make_unique<Sequential>(vgg(model)); }},
        {"resnet9", [&] { return std::make_unique<Sequential>(resnet9(model)); }},
        {"resnet8", [&] { return std::make_unique<ResNet>(model, 8); }},
        {"resnet14", [&] { return std::make_unique<ResNet>(model, 14); }},
        {"resnet20", [&] { return std::make_unique<ResNet>(model, 20); }},
        {"resnet32", [&] { return std::make_unique<ResNet>(model, 32); }},
        {"resnet44", [&] { return std::make_unique<ResNet>(model, 44); }},
        {"resnet56", [&] { return std::make_unique<ResNet>(model, 56); }},
    };
    return JsonReader::chosen(options.get<std::string>("arch"), nets, options.path_of("arch"))();
}

}  // namespace

std::unique_ptr<Module> make_model(const Json& description, const Shape& image, Index classes,
                                   const std::string& path) {
    JsonReader options(description, path);
    const Json* norm = options.find("norm");
    ModelOptions model{.image = image, .classes = classes};
    if (norm != nullptr) model.norm = parse_norm(*norm, options.path_of("norm"));
    model.weight_standardization = options.get("weight_standardization", false);
    const Json *layers = options.find("layers"), *arch = options.find("arch");
    if ((layers == nullptr) == (arch == nullptr)) throw ConfigError(path, "needs either \"arch\" or \"layers\"");

    Layer result;
    if (layers != nullptr) {
        Place place{.shape = {2, image[0], image[1], image[2]},
                    .norm = model.norm,
                    .classes = classes,
                    .weight_standardization = model.weight_standardization};
        result = std::make_unique<Sequential>(make_layers(*layers, place, options.path_of("layers")));
        if (place.shape != Shape{2, classes})
            throw ConfigError(options.path_of("layers"), "the last layer must give one number for each of the " +
                                                             std::to_string(classes) +
                                                             " classes, but gives images of shape " +
                                                             Shape(place.shape).text() + " for a batch of 2");
    } else {
        try {
            result = make_named(options, model);
        } catch (const ConfigError&) {
            throw;
        } catch (const Error& error) {
            throw ConfigError(path, error.what());
        }
    }
    options.finish();
    return result;
}

}  // namespace normlab
