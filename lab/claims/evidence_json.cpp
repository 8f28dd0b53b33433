#include "lab/claims/evidence_json.h"

#include <algorithm>

#include "lab/claims/workbench/numbers_json.h"

namespace normlab {
namespace {

template <class T>
using Table = std::vector<std::pair<T, const char*>>;

const Table<Check::Role> kRoles = {{Check::Role::proof, "proof"},
                                   {Check::Role::limit, "limit"},
                                   {Check::Role::control, "control"},
                                   {Check::Role::report, "report"}};
using Style = Plot::Curve::Style;
const Table<Style> kStyles = {
    {Style::line, "line"}, {Style::dashed, "dashed"}, {Style::points, "points"}, {Style::bars, "bars"}};

template <class T>
std::string name_of(T value, const Table<T>& table) {
    return std::ranges::find(table, value, &std::pair<T, const char*>::first)->second;
}
template <class T>
T named(const std::string& name, const Table<T>& table) {
    for (const auto& [value, known] : table)
        if (name == known) return value;
    throw Error("unknown word \"" + name + "\"");
}

Json bound_to_json(const std::optional<double>& bound) {
    return bound ? Json(*bound) : Json();
}
std::optional<double> bound_from(const Json& json) {
    return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

Json to_json(const Plot::Curve& curve) {
    return {{"name", to_json(curve.name)},           {"x", numbers_to_json(curve.x)},
            {"y", numbers_to_json(curve.y)},         {"low", numbers_to_json(curve.low)},
            {"high", numbers_to_json(curve.high)},   {"colour", curve.colour},
            {"style", name_of(curve.style, kStyles)}};
}
Plot::Curve curve_from(const Json& json) {
    return {.name = words_from(json.at("name")),
            .x = numbers_from_json(json.at("x")),
            .y = numbers_from_json(json.at("y")),
            .low = numbers_from_json(json.at("low")),
            .high = numbers_from_json(json.at("high")),
            .colour = json.at("colour").get<int>(),
            .style = named(json.at("style").get<std::string>(), kStyles)};
}

Json to_json(const Plot& plot) {
    Json curves = Json::array(), lines = Json::array(), names = Json::array();
    for (const Plot::Curve& curve : plot.curves) curves.push_back(to_json(curve));
    for (const Plot::Line& line : plot.lines) lines.push_back({{"y", line.y}, {"text", to_json(line.text)}});
    for (const Words& name : plot.x_names) names.push_back(to_json(name));
    return {{"kind", "plot"},
            {"title", to_json(plot.title)},
            {"x", to_json(plot.x)},
            {"y", to_json(plot.y)},
            {"x_logarithmic", plot.x_logarithmic},
            {"y_logarithmic", plot.y_logarithmic},
            {"curves", curves},
            {"lines", lines},
            {"x_names", names}};
}
Plot plot_from(const Json& json) {
    Plot plot{.title = words_from(json.at("title")),
              .x = words_from(json.at("x")),
              .y = words_from(json.at("y")),
              .x_logarithmic = json.at("x_logarithmic").get<bool>(),
              .y_logarithmic = json.at("y_logarithmic").get<bool>()};
    for (const Json& curve : json.at("curves")) plot.curves.push_back(curve_from(curve));
    for (const Json& line : json.at("lines"))
        plot.lines.push_back({line.at("y").get<double>(), words_from(line.at("text"))});
    for (const Json& name : json.value("x_names", Json::array())) plot.x_names.push_back(words_from(name));
    return plot;
}

Json to_json(const Map& map) {
    return {{"kind", "map"},
            {"title", to_json(map.title)},
            {"row_title", to_json(map.row_title)},
            {"column_title", to_json(map.column_title)},
            {"rows", map.rows},
            {"columns", map.columns},
            {"values", numbers_to_json(map.values)}};
}
Map map_from(const Json& json) {
    return {.title = words_from(json.at("title")),
            .row_title = words_from(json.at("row_title")),
            .column_title = words_from(json.at("column_title")),
            .rows = json.at("rows").get<std::vector<std::string>>(),
            .columns = json.at("columns").get<std::vector<std::string>>(),
            .values = numbers_from_json(json.at("values"))};
}

}  // namespace

Json to_json(const Words& words) {
    return {{"en", words.en}, {"ko", words.ko}};
}
Words words_from(const Json& json) {
    return {json.at("en").get<std::string>(), json.at("ko").get<std::string>()};
}

Json to_json(const Check& check) {
    return {{"id", check.id},
            {"statements", check.statements},
            {"role", name_of(check.role, kRoles)},
            {"what", to_json(check.what)},
            {"unit", check.unit},
            {"values", numbers_to_json(check.values)},
            {"ratio", check.ratio},
            {"accepted", {{"low", bound_to_json(check.accepted.low)}, {"high", bound_to_json(check.accepted.high)}}},
            {"source", check.source}};
}
Check check_from(const Json& json) {
    const Json& accepted = json.at("accepted");
    return {.role = named(json.at("role").get<std::string>(), kRoles),
            .id = json.at("id").get<std::string>(),
            .statements = json.at("statements").get<std::vector<int>>(),
            .what = words_from(json.at("what")),
            .values = numbers_from_json(json.at("values")),
            .accepted = {bound_from(accepted.at("low")), bound_from(accepted.at("high"))},
            .unit = json.at("unit").get<std::string>(),
            .ratio = json.at("ratio").get<bool>(),
            .source = json.at("source").get<std::string>()};
}

Json to_json(const Picture& picture) {
    return std::visit([](const auto& each) { return to_json(each); }, picture);
}
Picture picture_from(const Json& json) {
    if (json.at("kind") == "map") return map_from(json);
    return plot_from(json);
}

}  // namespace normlab
