#include "lab/run/watch.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "framework/support/files.h"
#include "lab/run/json_lines.h"
#include "lab/run/run_folder.h"

namespace normlab {
namespace {

Json rounded(double value) {
    if (!std::isfinite(value)) return nullptr;
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return std::strtod(text, nullptr);
}

Json to_json(const Spread& s) {
    return {rounded(s.least), rounded(s.low), rounded(s.median), rounded(s.high), rounded(s.largest)};
}

double number_in(JsonReader& o, const std::string& key) {
    return o.get<std::optional<double>>(key, {}).value_or(NAN);
}

Spread spread_in(JsonReader& o, const std::string& key) {
    const Json* values = o.find(key);
    if (values == nullptr || !values->is_array() || values->size() != 5)
        throw ConfigError(o.path_of(key), "expected five numbers");
    const auto at = [&](std::size_t i) { return (*values)[i].is_number() ? (*values)[i].get<double>() : NAN; };
    return {at(0), at(1), at(2), at(3), at(4)};
}

// Calls read(options) for each object of the list `key`.
template <class Read>
void each_in(JsonReader& o, const std::string& key, const Read& read) {
    const Json* list = o.find(key);
    if (list == nullptr || !list->is_array()) throw ConfigError(o.path_of(key), "expected a list");
    for (const Json& entry : *list) {
        JsonReader options(entry, o.path_of(key));
        read(options);
    }
}

Look parse_look(JsonReader& o) {
    Look look{.epoch = o.get<Index>("epoch"),
              .step = o.get<Index>("step"),
              .loss = number_in(o, "loss"),
              .eval_loss = number_in(o, "eval_loss"),
              .layers = {},
              .parameters = {}};
    each_in(o, "layers", [&](JsonReader& l) {
        LayerLook layer{.name = l.get<std::string>("name"),
                        .kind = l.get<std::string>("kind"),
                        .before = spread_in(l, "before"),
                        .after = spread_in(l, "after"),
                        .dead = number_in(l, "dead"),
                        .saturated = number_in(l, "saturated"),
                        .eval_gap = number_in(l, "eval_gap")};
        if (l.find("mean_gap") != nullptr)
            layer.mean_gap = number_in(l, "mean_gap"), layer.deviation_gap = number_in(l, "deviation_gap");
        look.layers.push_back(layer);
    });
    each_in(o, "parameters", [&](JsonReader& p) {
        ParameterLook parameter{p.get<std::string>("name"), number_in(p, "gradient"), number_in(p, "update")};
        if (p.find("weights") != nullptr)
            parameter.weights = spread_in(p, "weights"), parameter.gradients = spread_in(p, "gradients");
        look.parameters.push_back(parameter);
    });
    return look;
}

}  // namespace

Json to_json(const Look& look) {
    Json layers = Json::array(), parameters = Json::array();
    for (const LayerLook& l : look.layers) {
        Json layer = {{"name", l.name},
                      {"kind", l.kind},
                      {"before", to_json(l.before)},
                      {"after", to_json(l.after)},
                      {"dead", rounded(l.dead)},
                      {"saturated", rounded(l.saturated)},
                      {"eval_gap", rounded(l.eval_gap)}};
        if (l.mean_gap) layer["mean_gap"] = rounded(*l.mean_gap), layer["deviation_gap"] = rounded(*l.deviation_gap);
        layers.push_back(layer);
    }
    for (const ParameterLook& p : look.parameters) {
        Json parameter = {{"name", p.name}, {"gradient", rounded(p.gradient)}, {"update", rounded(p.update)}};
        if (p.weights && p.gradients)
            parameter["weights"] = to_json(*p.weights), parameter["gradients"] = to_json(*p.gradients);
        parameters.push_back(parameter);
    }
    return {{"epoch", look.epoch},        {"step", look.step},
            {"loss", rounded(look.loss)}, {"eval_loss", rounded(look.eval_loss)},
            {"layers", layers},           {"parameters", parameters}};
}

std::vector<Look> parse_looks(const std::string& text, const std::string& where) {
    return parse_lines("watch", text, where, parse_look);
}

std::vector<Look> read_looks(const std::filesystem::path& run) {
    const std::filesystem::path path = RunFolder{run}.watch();
    return std::filesystem::exists(path) ? parse_looks(read_file(path), path.string()) : std::vector<Look>{};
}

}  // namespace normlab
