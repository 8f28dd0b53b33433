#include "lab/report/html.h"

#include <algorithm>
#include <array>

namespace normlab {
namespace {

constexpr std::array<std::string_view, 4> kWithoutEnd = {"meta", "img", "br", "link"};

}  // namespace

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) switch (c) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            case '\'': result += "&#39;"; break;
            default: result += c;
        }
    return result;
}

Html::Html(std::string_view text) : markup_(escaped(text)) {}

Html Html::raw(std::string_view markup) {
    Html html;
    html.markup_ = markup;
    return html;
}

Html tag(std::string_view name, const Attributes& attributes, const Html& content) {
    std::string markup("<");
    markup += name;
    for (const Attribute& each : attributes) markup += ' ' + each.name + "=\"" + escaped(each.value) + '"';
    markup += '>';
    if (std::ranges::find(kWithoutEnd, name) == kWithoutEnd.end())
        markup.append(content.markup()).append("</").append(name).append(">");
    return Html::raw(markup);
}

}  // namespace normlab
