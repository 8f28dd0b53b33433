#include "layers/norm_options.h"

#include <algorithm>
#include <utility>

namespace normlab {
namespace {

const std::vector<std::pair<std::string, NormType>> kNormTypes = {
    {"batch", NormType::batch},
    {"batch_renorm", NormType::batch_renorm},
    {"ghost_batch", NormType::ghost_batch},
    {"group", NormType::group},
    {"layer", NormType::layer},
    {"instance", NormType::instance},
    {"rms", NormType::rms},
    {"none", NormType::none},
};

bool is_batch_norm(NormType type) {
    return type == NormType::batch || type == NormType::batch_renorm || type == NormType::ghost_batch;
}

// Keras counts what stays of the running statistics, PyTorch what is new.
std::optional<double> momentum_of(Options& o, bool keras) {
    const auto momentum = o.get<std::optional<double>>("momentum", keras ? 0.99 : 0.1);
    if (!momentum) return momentum;
    if (*momentum < 0 || *momentum > 1) throw ConfigError(o.path_of("momentum"), "must be from 0 to 1, or null");
    return keras ? 1 - *momentum : *momentum;
}

}  // namespace

Norm norm_options(Options& o, NormType type) {
    Norm norm{.type = type};
    if (type == NormType::none) return norm;
    const bool keras = o.choice<bool>("convention", {{"pytorch", false}, {"keras", true}}, false);
    norm.eps = o.get("eps", keras ? 1e-3 : 1e-5);
    if (norm.eps < 0) throw ConfigError(o.path_of("eps"), "must be at least 0");
    const bool affine = o.get("affine", true);
    norm.scale = o.get("scale", affine);
    if (type != NormType::rms) norm.center = o.get("center", affine);
    norm.trainable = o.get("trainable", true);
    if (is_batch_norm(type) || type == NormType::instance) {
        norm.momentum = momentum_of(o, keras);
        if (type != NormType::batch_renorm)
            norm.track_running_stats = o.get("track_running_stats", type != NormType::instance);
    }
    if (is_batch_norm(type)) {
        norm.biased_running_var = o.get("biased_running_var", keras);
        norm.update_running_stats = o.get("update_running_stats", true);
    }
    if (type == NormType::batch) norm.use_batch_stats = o.get("use_batch_stats", true);
    if (type == NormType::group) norm.groups = o.get("groups", norm.groups);
    if (norm.groups < 1) throw ConfigError(o.path_of("groups"), "must be at least 1");
    if (type == NormType::ghost_batch) norm.virtual_batch_size = o.get("virtual_batch_size", norm.virtual_batch_size);
    if (type == NormType::batch_renorm) {
        norm.r_max = o.get("r_max", norm.r_max);
        norm.d_max = o.get("d_max", norm.d_max);
        norm.relax_from = o.get("relax_from", norm.relax_from);
        norm.relax_d_until = o.get("relax_d_until", norm.relax_d_until);
        norm.relax_r_until = o.get("relax_r_until", norm.relax_r_until);
    }
    return norm;
}

Norm parse_norm(const Json& description, const std::string& path) {
    const Json object = description.is_string() ? Json{{"type", description}} : description;
    Options o(object, path);
    const Norm norm = norm_options(o, o.choice("type", kNormTypes, NormType::batch));
    o.finish();
    return norm;
}

Json to_json(const Norm& norm) {
    const auto type = std::ranges::find(kNormTypes, norm.type, &std::pair<std::string, NormType>::second);
    Json json = {{"type", type->first}};
    if (norm.type == NormType::none) return json;
    json["eps"] = norm.eps;
    json["scale"] = norm.scale;
    if (norm.type != NormType::rms) json["center"] = norm.center;
    json["trainable"] = norm.trainable;
    if (is_batch_norm(norm.type) || norm.type == NormType::instance) {
        json["momentum"] = norm.momentum ? Json(*norm.momentum) : Json();
        if (norm.type != NormType::batch_renorm)
            json["track_running_stats"] = norm.track_running_stats.value_or(norm.type != NormType::instance);
    }
    if (is_batch_norm(norm.type)) {
        json["biased_running_var"] = norm.biased_running_var;
        json["update_running_stats"] = norm.update_running_stats;
    }
    if (norm.type == NormType::batch) json["use_batch_stats"] = norm.use_batch_stats;
    if (norm.type == NormType::group) json["groups"] = norm.groups;
    if (norm.type == NormType::ghost_batch) json["virtual_batch_size"] = norm.virtual_batch_size;
    if (norm.type == NormType::batch_renorm)
        json.update(Json{{"r_max", norm.r_max},
                         {"d_max", norm.d_max},
                         {"relax_from", norm.relax_from},
                         {"relax_d_until", norm.relax_d_until},
                         {"relax_r_until", norm.relax_r_until}});
    return json;
}

}  // namespace normlab
