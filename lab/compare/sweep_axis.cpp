#include "lab/compare/sweep_axis.h"

#include <algorithm>
#include <charconv>

#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr std::size_t kLongestLabel = 40;

std::string last_part(const std::string& key) {
    return key.substr(key.rfind('.') + 1);
}

// "group groups=4" for {"type": "group", "groups": 4}
std::string label_of(const Json& value) {
    std::string text;
    if (value.is_string()) text = value.get<std::string>();
    if (value.is_object())
        for (const auto& [key, each] : value.items())
            text += (text.empty() ? "" : " ") + (key == "type" ? "" : key + "=") + label_of(each);
    if (text.empty()) text = value.dump();
    return shortened(text, kLongestLabel);
}

void require_no_name(const std::string& key, const std::string& path) {
    if (key == "name") throw ConfigError(path + ".name", "the runs of a sweep get their names from it");
}

SweepAxis::Value parse_case(const Json& json, const std::string& title, const std::string& path) {
    JsonReader options(json, path);
    const Json* set = options.find("set");
    SweepAxis::Value value{.keys = parse_keys(*set, options.path_of("set")), .place = path};
    const auto own = std::ranges::find(value.keys, title, &KeyValues::value_type::first);
    value.label = own == value.keys.end() ? options.get<std::string>("label")
                                          : options.get<std::string>("label", label_of(own->second));
    options.finish();
    return value;
}

bool is_case(const Json& json) {
    return json.is_object() && json.contains("set");
}

const Json& nonempty_list(const Json& json, const std::string& path) {
    if (!json.is_array() || json.empty()) throw ConfigError(path, "expected a list of values");
    return json;
}

void require_different_labels(const SweepAxis& axis) {
    for (std::size_t i = 0; i < axis.values.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (axis.values[i].label == axis.values[j].label)
                throw ConfigError(axis.values[i].place, "is called \"" + axis.values[i].label + "\", like " +
                                                            axis.values[j].place +
                                                            "; {\"label\": ..., \"set\": {...}} gives it a name");
}

SweepAxis parse_axis(const std::string& key, const Json& json) {
    require_no_name(key, "axes");
    const std::string path = "axes." + key;
    SweepAxis axis{key, {}};
    for (std::size_t i = 0; i < nonempty_list(json, path).size(); ++i) {
        const std::string place = path + "[" + std::to_string(i) + "]";
        axis.values.push_back(is_case(json[i]) ? parse_case(json[i], key, place)
                                               : SweepAxis::Value{label_of(json[i]), {{key, json[i]}}, place});
    }
    require_different_labels(axis);
    return axis;
}

SweepAxis parse_list(const Json& json) {
    SweepAxis axis{"variant", {}};
    for (std::size_t i = 0; i < nonempty_list(json, "list").size(); ++i) {
        const std::string place = "list[" + std::to_string(i) + "]";
        if (is_case(json[i])) {
            axis.values.push_back(parse_case(json[i], "", place));
            continue;
        }
        SweepAxis::Value value{"", parse_keys(json[i], place), place};
        for (const auto& [key, each] : value.keys)
            value.label += (value.label.empty() ? "" : ",") + last_part(key) + "=" + label_of(each);
        axis.values.push_back(value);
    }
    require_different_labels(axis);
    return axis;
}

// In any order: one axis may not reach into what another sets.
void require_apart(const std::vector<SweepAxis>& axes) {
    for (const SweepAxis& axis : axes)
        for (const SweepAxis::Value& value : axis.values)
            for (const auto& [key, unused] : value.keys) {
                std::vector<SweepAxis> others = axes;
                std::erase_if(others, [&](const SweepAxis& other) { return other.title == axis.title; });
                if (const SweepAxis* other = axis_that_sets(others, key))
                    throw ConfigError(value.place, "sets " + key + ", and so does the axis " + other->title);
            }
}

}  // namespace

KeyValues parse_keys(const Json& object, const std::string& path) {
    if (!object.is_object() || object.empty()) throw ConfigError(path, "expected {\"KEY\": VALUE, ...}");
    KeyValues keys;
    for (const auto& [key, value] : object.items()) {
        require_no_name(key, path);
        keys.emplace_back(key, value);
    }
    return keys;
}

const SweepAxis* axis_that_sets(const std::vector<SweepAxis>& axes, const std::string& key) {
    for (const SweepAxis& axis : axes)
        for (const SweepAxis::Value& value : axis.values)
            for (const auto& [other, unused] : value.keys)
                if (is_at_or_below(key, other)) return &axis;
    return nullptr;
}

std::vector<SweepAxis> parse_axes(JsonReader& root) {
    std::vector<SweepAxis> axes;
    if (const Json* list = root.find("list")) axes.push_back(parse_list(*list));
    if (const Json* object = root.find("axes")) {
        if (!object->is_object()) throw ConfigError("axes", "expected {\"KEY\": [VALUE, ...], ...}");
        for (const auto& [key, values] : object->items()) axes.push_back(parse_axis(key, values));
    }
    if (axes.empty()) throw ConfigError("", "needs \"axes\" or a \"list\": what is to be compared");
    require_apart(axes);
    return axes;
}

std::optional<double> SweepAxis::Value::number() const {
    double value = 0;
    const auto [end, problem] = std::from_chars(label.data(), label.data() + label.size(), value);
    const bool whole = problem == std::errc() && end == label.data() + label.size();
    return whole ? std::optional(value) : std::nullopt;
}

bool SweepAxis::is_numeric() const {
    return std::ranges::all_of(values, [](const Value& value) { return value.number().has_value(); });
}

std::string SweepAxis::short_title() const {
    return last_part(title);
}

std::string SweepAxis::words() const {
    std::string text = short_title();
    if (text == "lr") return "learning rate";
    std::ranges::replace(text, '_', ' ');
    return text;
}

}  // namespace normlab
