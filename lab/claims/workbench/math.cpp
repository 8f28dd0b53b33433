#include "lab/claims/workbench/math.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <string_view>

namespace normlab {
namespace {

constexpr std::array<std::string_view, 24> kSigns = {"=", "+", "−", "·", "/", "(", ")", "[", "]", "⟨", "⟩", "‖",
                                                     ",", "≤", "≥", "≈", "→", "←", "⋆", "Σ", "∇", "∂", "|", "…"};

std::string element(const std::string& name, const std::string& content) {
    return "<" + name + ">" + content + "</" + name + ">";
}

constexpr std::string_view kHat = "\u0302";  // the sign that is written over the letter before it

std::string simple(const std::string& token) {
    if (token.ends_with(kHat))
        return "<mover accent=\"true\">" + simple(token.substr(0, token.size() - kHat.size())) + "<mo>^</mo></mover>";
    if (std::ranges::find(kSigns, token) != kSigns.end()) return element("mo", token);
    return element(std::isdigit(static_cast<unsigned char>(token[0])) != 0 ? "mn" : "mi", token);
}

// "x_c^2": what belongs to a letter is written behind it.
std::string scripted(const std::string& token) {
    const std::size_t power = token.find('^'), index = token.find('_');
    const std::string base = simple(token.substr(0, std::min(power, index)));
    if (power == std::string::npos && index == std::string::npos) return base;
    if (index == std::string::npos) return element("msup", base + simple(token.substr(power + 1)));
    const std::string below = simple(token.substr(index + 1, power == std::string::npos ? power : power - index - 1));
    if (power == std::string::npos) return element("msub", base + below);
    return element("msubsup", base + below + simple(token.substr(power + 1)));
}

std::string row(const Math& math) {
    return element("mrow", math.markup);
}

}  // namespace

Math::Math(const char* text) {
    std::istringstream tokens(text);
    for (std::string token; tokens >> token;) markup += scripted(token);
}

Math::Math(std::initializer_list<Math> parts) {
    for (const Math& part : parts) markup += part.markup;
}

Math frac(const Math& above, const Math& below) {
    Math whole = "";
    whole.markup = element("mfrac", row(above) + row(below));
    return whole;
}

Math root(const Math& of) {
    Math whole = "";
    whole.markup = element("msqrt", of.markup);
    return whole;
}

Math power(const Math& base, const Math& exponent) {
    Math whole = "";
    whole.markup = element("msup", row(base) + row(exponent));
    return whole;
}

}  // namespace normlab
