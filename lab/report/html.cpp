#include "lab/report/html.h"

#include <algorithm>
#include <array>
#include <cctype>

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

std::string address(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF", plain = "._-/";
    std::string text;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || plain.find(c) != std::string_view::npos)
            text += c;
        else
            text += {'%', digits[byte / 16], digits[byte % 16]};
    }
    return text;
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
