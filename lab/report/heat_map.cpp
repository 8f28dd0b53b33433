#include "lab/report/heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/support/error.h"
#include "framework/support/json_reader.h"
#include "lab/report/png.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

// The two tones of the style sheet, as one that is read on white and on black.
constexpr std::array<std::uint8_t, 3> kGood = {47, 115, 196}, kBad = {214, 74, 62};
constexpr std::size_t kUprightUpTo = 4;  // letters: longer titles of columns are written upwards

bool has_long_titles(const HeatMap& map) {
    return std::ranges::any_of(map.columns,
                               [](const std::string& title) { return display_width(title) > kUprightUpTo; });
}

Html table(const HeatMap& map) {
    Html head =
        tag("th", {{"class", "corner"}}, map.row_title + " \u2193" + tag("br", {}) + map.column_title + " \u2192");
    for (const std::string& column : map.columns) head += tag("th", {{"scope", "col"}}, tag("span", {}, column));
    Html body;
    for (std::size_t row = 0; row < map.rows.size(); ++row) {
        Html cells = tag("th", {{"scope", "row"}}, map.rows[row]);
        for (std::size_t column = 0; column < map.columns.size(); ++column) {
            const HeatCell& cell = map.cells[row * map.columns.size() + column];
            std::string kind = cell.tone == HeatCell::Tone::good ? "good" : "bad";
            if (cell.strength >= kDarkFrom) kind += " dark";
            Attributes attributes = {{"title", cell.hint}};
            if (cell.strength > 0)
                attributes.insert(attributes.end(), {{"class", kind}, {"style", "--v:" + fixed(cell.strength, 2)}});
            cells += tag("td", attributes, cell.text);
        }
        body += tag("tr", {}, cells);
    }
    return tag("div", {{"class", "scroll"}},
               tag("table", {{"class", has_long_titles(map) ? "heat long" : "heat"}},
                   tag("thead", {}, tag("tr", {}, head)) + tag("tbody", {}, body)));
}

Image picture_of(const HeatMap& map) {
    Image image{static_cast<Index>(map.rows.size()), static_cast<Index>(map.columns.size()), 4, {}};
    for (const HeatCell& cell : map.cells) {
        const auto& colour = cell.tone == HeatCell::Tone::good ? kGood : kBad;
        image.pixels.insert(image.pixels.end(), colour.begin(), colour.end());
        image.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(cell.strength, 0.0, 1.0))));
    }
    return image;
}

// What the script shows under the pointer.
std::string data_of(const HeatMap& map) {
    Json hints = Json::array();  // of the cells that are not empty
    for (std::size_t i = 0; i < map.cells.size(); ++i)
        if (map.cells[i].strength > 0)
            hints.push_back({i / map.columns.size(), i % map.columns.size(), map.cells[i].text});
    const Json data = {{"rows", map.rows}, {"columns", map.columns}, {"cells", hints}};
    return data.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string axes_of(const HeatMap& map) {
    return map.row_title + " downwards, " + map.column_title + " to the right";
}

Html field_of(const HeatMap& map) {
    return tag("div", {{"tabindex", "0"}, {"class", "field"}},
               tag("img", {{"src", data_uri(picture_of(map))},
                           {"alt", axes_of(map)},
                           {"width", std::to_string(map.columns.size())},
                           {"height", std::to_string(map.rows.size())}}));
}

// It rests on the axes.
Html hint_of(const HeatMap& map) {
    return tag("output", {{"aria-live", "polite"}}, axes_of(map));
}

}  // namespace

Html picture(const HeatMap& map) {
    return tag("figure", {{"class", "heat-picture"}, {"data-heat", data_of(map)}},
               field_of(map) + tag("figcaption", {}, hint_of(map)));
}

Html labelled_picture(const HeatMap& map, const std::string& pale, const std::string& strong) {
    Html names, ticks;
    for (const std::string& row : map.rows) names += tag("span", {{"title", row}}, row);
    for (const std::size_t at : {std::size_t{0}, map.columns.size() / 2, map.columns.size() - 1})
        ticks += tag("span", {}, map.columns.at(at));
    const Html ramp = tag("span", {{"class", "scale"}}, pale + tag("span", {{"class", "ramp"}}) + strong);
    return tag("figure", {{"class", "heat-picture labelled"}, {"data-heat", data_of(map)}},
               tag("div", {{"class", "names"}}, names) + field_of(map) + tag("div", {{"class", "along"}}, ticks) +
                   tag("figcaption", {}, hint_of(map) + ramp));
}

Html to_html(const HeatMap& map) {
    require(map.cells.size() == map.rows.size() * map.columns.size(), "heat map", "expected ", map.rows.size(), " x ",
            map.columns.size(), " cells, got ", map.cells.size());
    const bool small = std::max(map.rows.size(), map.columns.size()) <= kHeatTableUpTo;
    return small ? table(map) : picture(map);
}

}  // namespace normlab
