// The kinds of layers that a config can name. A layer's options are listed once, in fields() of its option struct.
#pragma once

#include <functional>
#include <memory>

#include "framework/module.h"
#include "framework/support/fields.h"
#include "layers/init.h"
#include "layers/norm.h"

namespace normlab {

// What a layer is built for: its input, which follows from the layers before it, and what the model sets for all
// layers.
struct LayerContext {
    Shape shape = {2, 0, 0, 0};  // of the input, for two images
    Norm norm;
    Index classes = 0;
    Init init;
    bool weight_standardization = false;
    Index channels() const { return shape[1]; }
};

struct LayerKind {
    std::string type;   // "conv2d"
    const char* about;  // for the schema
    std::function<void(Fields&)> describe;
    std::function<std::unique_ptr<Module>(Fields&, LayerContext&)> make;
};

// A kind whose options are those of a struct; `begin` gives their defaults.
template <class Layer, class Options>
LayerKind layer_kind(
    std::string type, const char* about,
    Options (*begin)(const LayerContext&) = [](const LayerContext&) { return Options{}; }) {
    const auto visit = [begin](Fields& f, const LayerContext& context) {
        Options options = begin(context);
        fields(f, options);
        return options;
    };
    return {std::move(type), about, [visit](Fields& f) { visit(f, {}); },
            [visit](Fields& f, LayerContext& context) -> std::unique_ptr<Module> {
                return std::make_unique<Layer>(visit(f, context));
            }};
}

// Without options.
template <class Layer>
LayerKind plain_kind(std::string type, const char* about) {
    return {std::move(type), about, [](Fields&) {},
            [](Fields&, LayerContext&) -> std::unique_ptr<Module> { return std::make_unique<Layer>(); }};
}

// All but the norms and those made of other layers.
const std::vector<LayerKind>& plain_layer_kinds();

}  // namespace normlab
