#include "lab/model/model_file.h"

#include "framework/state.h"
#include "lab/model/fine_tuning.h"
#include "lab/model/whitening.h"
#include "layers/factory.h"

namespace normlab {
namespace {

constexpr const char* kFormat = "1";  // of the metadata; a reader that knows another number says so

std::vector<Index> sizes_of(const Shape& shape) {
    std::vector<Index> sizes;
    for (int axis = 0; axis < shape.rank(); ++axis) sizes.push_back(shape[axis]);
    return sizes;
}

// How many threads computed a run, and whether it was watched, does not change the model.
Json portable(const Config& config) {
    Json json = to_json(config);
    json["train"]["threads"] = nullptr;
    json["watch"] = nullptr;
    return json;
}

Json parse_metadata(const State& state, const std::string& key) {
    const auto found = state.metadata.find(key);
    if (found == state.metadata.end()) throw ConfigError(key, "is missing");
    const Json json = parse_json(found->second);
    if (json.is_discarded()) throw ConfigError(key, "is not JSON");
    return json;
}

Model model_of(const State& state) {
    Model model{.config = parse_config(parse_metadata(state, "config")),
                .classes = JsonReader::convert<std::vector<std::string>>(parse_metadata(state, "classes"), "classes")};
    const auto sizes = JsonReader::convert<std::vector<Index>>(parse_metadata(state, "image"), "image");
    if (sizes.size() != 3) throw ConfigError("image", "expected [channels, height, width]");
    model.image = {sizes[0], sizes[1], sizes[2]};
    model.scale = parse_scale(parse_metadata(state, "scale"), "scale", {.name = "the model", .image = model.image});
    model.module = make_model(model.config.model, model.image, static_cast<Index>(model.classes.size()));
    load_state(*model.module, state);
    freeze_matching(*model.module, model.config.freeze);
    model.module->eval();
    return model;
}

}  // namespace

Model build_model(const Config& config, const ImageSet& train, const std::function<void(const std::string&)>& tell) {
    Model model{.config = config, .image = train.image, .classes = train.classes};
    model.scale = parse_scale(config.data.normalize, "data.normalize", train);
    model.config.data.normalize = to_json(model.scale);
    model.module = make_model(config.model, train.image, static_cast<Index>(train.classes.size()));
    initialize(*model.module, config.seed);
    if (config.init.weights) start_from_weights(*model.module, config.init, tell);
    whiten(*model.module, config.init.whiten, train, model.scale);
    freeze_matching(*model.module, config.freeze);
    return model;
}

State state_with_metadata(const Model& model) {
    State state = state_of(*model.module);
    state.metadata = {{"normlab", kFormat},
                      {"config", portable(model.config).dump()},
                      {"image", Json(sizes_of(model.image)).dump()},
                      {"classes", Json(model.classes).dump()},
                      {"scale", to_json(model.scale).dump()}};
    return state;
}

void save_model(const std::filesystem::path& path, const Model& model) {
    write_safetensors(path, state_with_metadata(model));
}

Model load_model(const std::filesystem::path& path) {
    const State state = read_safetensors(path);
    const auto format = state.metadata.find("normlab");
    require(format != state.metadata.end(), "model", path.string(), " holds ", state.tensors.size(),
            " tensors but not the config of their model in its metadata, so it was not written by normlab; a config "
            "whose init.weights names the file can use its weights");
    require(format->second == kFormat, "model", path.string(), " has format ", format->second,
            "; this version of normlab reads format ", kFormat);
    require(!state.metadata.contains("position"), "model", path.string(),
            " is the checkpoint of a run; its model is model.safetensors in the same folder");
    try {
        return model_of(state);
    } catch (const Error& error) {
        fail("model", path.string(), " cannot be used: ", error.what());
    }
}

}  // namespace normlab
