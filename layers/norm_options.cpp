#include "layers/norm_options.h"

#include <algorithm>
#include <utility>

namespace normlab {
namespace {

const std::vector<std::pair<std::string, NormType>> kNormTypes = {
    {"batch", NormType::batch},
    {"sync_batch", NormType::sync_batch},
    {"batch_renorm", NormType::batch_renorm},
    {"ghost_batch", NormType::ghost_batch},
    {"group", NormType::group},
    {"layer", NormType::layer},
    {"instance", NormType::instance},
    {"rms", NormType::rms},
    {"none", NormType::none},
};

bool is_plain_batch_norm(NormType type) {
    return type == NormType::batch || type == NormType::sync_batch;
}

bool is_batch_norm(NormType type) {
    return is_plain_batch_norm(type) || type == NormType::batch_renorm || type == NormType::ghost_batch;
}

bool has_momentum(NormType type) {
    return is_batch_norm(type) || type == NormType::instance;
}

// The options of the norm's type but for eps, which all have: visit(key, field). What reads and what writes them both
// go by this list.
template <class AnyNorm, class Visit>
void each_option(AnyNorm& norm, const Visit& visit) {
    const NormType type = norm.type;
    visit("scale", norm.scale);
    if (type != NormType::rms) visit("center", norm.center);
    visit("trainable", norm.trainable);
    if (has_momentum(type)) visit("momentum", norm.momentum);
    if (has_momentum(type) && type != NormType::batch_renorm) visit("track_running_stats", norm.track_running_stats);
    if (is_batch_norm(type)) visit("biased_running_var", norm.biased_running_var);
    if (is_batch_norm(type)) visit("update_running_stats", norm.update_running_stats);
    if (is_plain_batch_norm(type)) visit("use_batch_stats", norm.use_batch_stats);
    if (type == NormType::group) visit("groups", norm.groups);
    if (type == NormType::ghost_batch) visit("virtual_batch_size", norm.virtual_batch_size);
    if (type != NormType::batch_renorm) return;
    visit("r_max", norm.r_max);
    visit("d_max", norm.d_max);
    visit("relax_from", norm.relax_from);
    visit("relax_d_until", norm.relax_d_until);
    visit("relax_r_until", norm.relax_r_until);
}

struct Reader {
    JsonReader& from;
    template <class T>
    void operator()(const char* key, T& field) const {
        field = from.get(key, field);
    }
    void operator()(const char* key, std::optional<bool>& field) const { field = from.get(key, *field); }  // never null
};

struct Writer {
    Json& to;
    template <class T>
    void operator()(const char* key, const T& field) const {
        to[key] = field;
    }
    template <class T>
    void operator()(const char* key, const std::optional<T>& field) const {
        to[key] = field ? Json(*field) : Json();
    }
};

bool tracks_by_default(NormType type) {
    return type != NormType::instance;
}

}  // namespace

Norm norm_options(JsonReader& o, NormType type) {
    Norm norm{.type = type};
    if (type == NormType::none) return norm;
    const bool keras = o.choice<bool>("convention", {{"pytorch", false}, {"keras", true}}, false);
    norm.eps = o.get("eps", keras ? 1e-3 : 1e-5);
    norm.scale = norm.center = o.get("affine", true);
    norm.momentum = keras ? 0.99 : 0.1;
    norm.track_running_stats = tracks_by_default(type);
    norm.biased_running_var = keras;
    each_option(norm, Reader{o});
    const auto check = [&](bool fine, const char* key, const char* rule) {
        if (!fine) throw ConfigError(o.path_of(key), rule);
    };
    check(norm.eps >= 0, "eps", "must be at least 0");
    check(!norm.momentum || (*norm.momentum >= 0 && *norm.momentum <= 1), "momentum", "must be from 0 to 1, or null");
    check(norm.groups >= 1, "groups", "must be at least 1");
    if (keras && norm.momentum) norm.momentum = 1 - *norm.momentum;  // Keras counts what stays, PyTorch what is new
    return norm;
}

Norm parse_norm(const Json& description, const std::string& path) {
    const Json object = description.is_string() ? Json{{"type", description}} : description;
    JsonReader o(object, path);
    const Norm norm = norm_options(o, o.choice("type", kNormTypes, NormType::batch));
    o.finish();
    return norm;
}

Json to_json(const Norm& given) {
    const auto type = std::ranges::find(kNormTypes, given.type, &std::pair<std::string, NormType>::second);
    Json json = {{"type", type->first}};
    if (given.type == NormType::none) return json;
    Norm norm = given;
    norm.track_running_stats = given.track_running_stats.value_or(tracks_by_default(given.type));
    json["eps"] = norm.eps;
    each_option(norm, Writer{json});
    return json;
}

}  // namespace normlab
