#include "lab/config/config.h"

#include "datasets/pixel_scale.h"
#include "framework/safetensors.h"
#include "framework/support/shell.h"
#include "layers/factory.h"

namespace normlab {
namespace {

struct TriedModel {
    Json section;                    // with its norm as an object
    std::unique_ptr<Module> module;  // null if it cannot be built yet: the number of a folder's classes is not known
};

// The model section in the file of init.weights, if normlab wrote it.
Json section_in(const InitConfig& init) {
    if (!init.weights || !std::filesystem::is_regular_file(*init.weights)) return {};
    const State state = read_safetensors(*init.weights);
    const auto config = state.metadata.find("config");
    if (config == state.metadata.end()) return {};
    const Json json = parse_json(config->second);
    return json.is_object() ? json.value("model", Json()) : Json();  // else another program wrote it
}

// By default the net is that of init.weights, or else one that fits the images.
TriedModel parse_model(const Json* given, const DataSource& source, const InitConfig& init) {
    const auto classes = known_classes(source.name);
    const Shape image = image_of(source);
    Json model = given == nullptr ? section_in(init) : Json();
    if (model.is_null()) model = {{"arch", image == Shape{1, 28, 28} ? "lenet" : "resnet20"}};
    if (given != nullptr && given->is_object() && !given->contains("arch") && !given->contains("layers"))
        model.update(*given);
    else if (given != nullptr)
        model = *given;
    std::unique_ptr<Module> module;
    try {
        module = make_model(model, image, classes.value_or(10));
    } catch (const ConfigError& error) {
        const bool about_classes = !classes && error.path == "model.layers" && model["layers"].is_array();
        if (!about_classes) throw;
    }
    model["norm"] = to_json(parse_norm(model.value("norm", Json("batch")), "model.norm"));
    model["init"] = model.value("init", Json("standard"));
    model["weight_standardization"] = model.value("weight_standardization", false);
    return {std::move(model), std::move(module)};
}

// The rules between sections.
void check_together(const Config& c) {
    if (c.data.normalize != "auto")
        parse_scale(c.data.normalize, "data.normalize", {.name = c.data.source.name, .image = image_of(c.data.source)});
    if (c.train.early_stop && c.data.source.validation == 0)
        throw ConfigError("train.early_stop", "needs data.validation: the test set must not decide when a run ends");
    if (c.schedule.min_lr > c.optim.lr) throw ConfigError("schedule.min_lr", "must not be above optim.lr");
}

}  // namespace

Config parse_config(const Json& json) {
    for (const char* key : {"axes", "list"})
        if (json.contains(key)) throw ConfigError(key, "belongs to a comparison: " + command({"compare", "CONFIG"}));
    Config c;
    c.name = "", c.model = {};  // absent: they follow from the rest
    c = read_fields(json, "", c);
    check_together(c);
    TriedModel model = parse_model(json.contains("model") ? &json["model"] : nullptr, c.data.source, c.init);
    c.model = model.section;
    if (c.name.empty()) c.name = c.data.source.name + "-" + c.model.value("arch", "layers");
    if (model.module != nullptr) {  // the names that patterns pick
        whitened_layers(*model.module, c.init.whiten, image_of(c.data.source)[0]);
        freeze_matching(*model.module, c.freeze);
        require_groups_match(c.optim.groups, *model.module);
    }
    return c;
}

Json completed(const Json& config) {
    try {
        return to_json(parse_config(config));
    } catch (const Error&) {
        return config;
    }
}

}  // namespace normlab
