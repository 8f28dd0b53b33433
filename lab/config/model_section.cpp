#include "lab/config/model_section.h"

#include <sstream>

#include "layers/factory.h"

namespace normlab {
namespace {

// The entry of "layers" that makes the module of this name: "2.f.1" is the second layer in the residual layers[2].
Json& entry_of(Json& model, const std::string& name) {
    Json* place = &model["layers"];
    std::istringstream parts(name);
    for (std::string part; std::getline(parts, part, '.');)
        place = part == "f"          ? &(*place)["layers"]
                : part == "shortcut" ? &(*place)["shortcut"]
                                     : &(*place)[std::stoul(part)];
    return *place;
}

void write_trainable_in(Json& layers, bool trainable) {
    for (Json& layer : layers) {
        if (layer_has_option(layer.at("type"), "trainable")) layer["trainable"] = trainable;
        for (const char* part : {"layers", "shortcut"})
            if (layer.contains(part)) write_trainable_in(layer[part], trainable);
    }
}

}  // namespace

void write_as_folded(Json& model, const std::string& weighted, const std::string& norm) {
    if (model.contains("arch")) {  // all its norms are alike, and each follows a convolution
        model["norm"] = {{"type", "none"}};
        model["weight_standardization"] = false;
        return;
    }
    Json& layer = entry_of(model, weighted);
    layer["bias"] = true;
    if (layer["type"] == "conv2d") layer["weight_standardization"] = false;
    entry_of(model, norm) = {{"type", "identity"}};
}

void write_trainable(Json& model, bool trainable) {
    if (norm_has_option(model["norm"]["type"], "momentum")) model["norm"]["trainable"] = trainable;
    if (model.contains("layers")) write_trainable_in(model["layers"], trainable);
}

}  // namespace normlab
