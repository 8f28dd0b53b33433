#include "lab/report/picture_file.h"

#include "lab/report/chart_drawing.h"
#include "lab/report/page.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr double kEdge = 14, kTitle = 34, kLegendLine = 22;
constexpr double kColumn = 7.3;  // the width of a letter in the legend; a Korean one takes two
constexpr double kSwatch = 28, kSwatchGap = 18;

const char* const kFileStyle = R"css(
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Apple SD Gothic Neo", "Malgun Gothic",
  "Noto Sans KR", "Noto Sans", "Liberation Sans", sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
.paper { fill: var(--paper); } .title { font-size: 15px; font-weight: 620; fill: var(--ink); }
.title tspan { fill: var(--soft); }
)css";

Html text_at(double x, double y, const std::string& kind, const Html& text) {
    return tag("text", {{"x", coordinate(x)}, {"y", coordinate(y)}, {"class", kind}}, text);
}

Html moved(double x, double y, const Html& content) {
    return tag("g", {{"transform", "translate(" + coordinate(x) + " " + coordinate(y) + ")"}}, content);
}

// What only a page's script reads.
std::string without_data(std::string markup) {
    for (std::size_t at; (at = markup.find(" data-")) != std::string::npos;)
        markup.erase(at, markup.find('"', markup.find('"', at) + 1) + 1 - at);
    return markup;
}

}  // namespace

std::string to_svg(const PictureFile& picture) {
    const double width = picture.width + 2 * kEdge;
    Html keys;
    double x = kEdge, y = kTitle + kLegendLine;
    for (const auto& [path, text] : picture.legend) {
        const double length = kSwatch + kColumn * static_cast<double>(display_width(text));
        if (x > kEdge && x + length > width - kEdge) x = kEdge, y += kLegendLine;
        keys += moved(x, y - 9, path) + text_at(x + kSwatch, y, "key", text);
        x += length + kSwatchGap;
    }
    const double top = (picture.legend.empty() ? kTitle : y) + 12, height = top + picture.height + kEdge;
    const Html title = text_at(
        kEdge, kTitle - 8, "title",
        picture.title +
            tag("tspan", {{"class", "key"}, {"dx", "8"}, {"font-size", "13"}, {"font-weight", "400"}}, picture.unit));
    const Html style = tag("style", {}, Html::raw(std::string(kColours) + kDrawingStyle + kFileStyle));
    const Html paper = tag("rect", {{"class", "paper"}, {"width", "100%"}, {"height", "100%"}, {"rx", "8"}});
    const Html all =
        style + paper + title + keys +
        moved(kEdge, top, tag("g", {{"class", "plot"}}, Html::raw(without_data(picture.drawing.markup()))));
    return tag("svg",
               {{"xmlns", "http://www.w3.org/2000/svg"},
                {"width", coordinate(width)},
                {"height", coordinate(height)},
                {"viewBox", "0 0 " + coordinate(width) + " " + coordinate(height)},
                {"role", "img"},
                {"aria-label", picture.title}},
               all)
               .markup() +
           "\n";
}

}  // namespace normlab
