#include "lab/config/schema_text.h"

namespace normlab {
namespace {

constexpr std::size_t kLineWidth = 120;

std::string key_of(const Json& json, const std::string& key) {
    return json.is_object() ? Json(key).dump() + ": " : "";
}

std::string on_one_line(const Json& json) {
    if (!json.is_structured()) return json.dump();
    std::string text;
    for (const auto& [key, value] : json.items())
        text += (text.empty() ? "" : ", ") + key_of(json, key) + on_one_line(value);
    return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

// `column` is where the value begins on its line, which is indented by `indent`.
std::string placed(const Json& json, std::size_t indent, std::size_t column) {
    const std::string line = on_one_line(json);
    if (column + line.size() < kLineWidth || !json.is_structured()) return line;
    const std::string inner(indent + 2, ' ');
    std::string text;
    for (const auto& [name, value] : json.items()) {
        const std::string key = key_of(json, name);
        text +=
            (text.empty() ? "" : ",") + ("\n" + inner + key) + placed(value, inner.size(), inner.size() + key.size());
    }
    text += "\n" + std::string(indent, ' ');
    return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

}  // namespace

std::string laid_out(const Json& json) {
    return placed(json, 0, 0) + "\n";
}

}  // namespace normlab
