#include <algorithm>
#include <cmath>

#include "framework/support/error.h"
#include "lab/report/chart_drawing.h"
#include "lab/report/heat_map.h"
#include "lab/report/picture_file.h"
#include "lab/report/scale.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr double kWidth = 420, kWidest = 44, kTallest = 30, kCellLetter = 7.2, kGap = 1;
constexpr double kRoomForText = 7.6, kRoomForLabel = 13;

// Where the cells lie.
struct Grid {
    explicit Grid(const HeatMap& map) {
        std::size_t letters = display_width(map.row_title);
        for (const std::string& row : map.rows) letters = std::max(letters, display_width(row));
        left = 10 + kCellLetter * static_cast<double>(letters);
        std::size_t longest = 1;
        for (const std::string& column : map.columns) longest = std::max(longest, display_width(column));
        const auto columns = static_cast<double>(std::max<std::size_t>(map.columns.size(), 1));
        const double wanted = std::max(kWidest, kCellLetter * static_cast<double>(longest) + 6);
        wide = std::min(wanted, (kWidth - left) / columns);
        tall = std::min(kTallest, wide);
    }
    double left, wide, tall, top = 40;
};

Html text_at(double x, double y, const std::string& anchor, const std::string& text, const std::string& kind = "") {
    Attributes attributes = {{"x", coordinate(x)}, {"y", coordinate(y)}, {"text-anchor", anchor}};
    if (!kind.empty()) attributes.push_back({"class", kind});
    return tag("text", attributes, text);
}

// Labels with as many left out as have no room.
std::size_t every(double size, double needed) {
    return static_cast<std::size_t>(std::max(1.0, std::ceil(needed / size)));
}

Html cell_at(const HeatCell& cell, double x, double y, const Grid& grid) {
    std::string kind = "cell";
    if (cell.strength > 0) kind += cell.tone == HeatCell::Tone::good ? " good" : " bad";
    Html html = tag("rect",
                    {{"class", kind},
                     {"x", coordinate(x)},
                     {"y", coordinate(y)},
                     {"width", coordinate(grid.wide - kGap)},
                     {"height", coordinate(grid.tall - kGap)},
                     {"style", "--v:" + fixed(cell.strength, 2)}},
                    tag("title", {}, cell.hint));
    if (!cell.text.empty() && kRoomForText * static_cast<double>(display_width(cell.text)) < grid.wide)
        html += text_at(x + grid.wide / 2, y + grid.tall / 2 + 4, "middle", cell.text,
                        cell.strength >= kDarkFrom ? "in-cell dark" : "in-cell");
    return html;
}

double height_of(const HeatMap& map, const Grid& grid) {
    return grid.top + grid.tall * static_cast<double>(map.rows.size()) + 4;
}
double width_of(const HeatMap& map, const Grid& grid) {
    return grid.left + grid.wide * static_cast<double>(map.columns.size());
}

Html cells_of(const HeatMap& map, const Grid& grid) {
    require(map.cells.size() == map.rows.size() * map.columns.size(), "heat map", "expected ", map.rows.size(), " x ",
            map.columns.size(), " cells, got ", map.cells.size());
    Html html = text_at(0, grid.top - 6, "start", map.row_title) +
                text_at(grid.left + (width_of(map, grid) - grid.left) / 2, 12, "middle", map.column_title);
    std::size_t longest = 1;
    for (const std::string& column : map.columns) longest = std::max(longest, display_width(column));
    const std::size_t across = every(grid.wide, kCellLetter * static_cast<double>(longest) + 2);
    const std::size_t down = every(grid.tall, kRoomForLabel);
    for (std::size_t c = 0; c < map.columns.size(); c += across)
        html += text_at(grid.left + grid.wide * (static_cast<double>(c) + 0.5), grid.top - 6, "middle", map.columns[c]);
    for (std::size_t r = 0; r < map.rows.size(); ++r) {
        const double y = grid.top + grid.tall * static_cast<double>(r);
        if (r % down == 0) html += text_at(grid.left - 8, y + grid.tall / 2 + 4, "end", map.rows[r]);
        for (std::size_t c = 0; c < map.columns.size(); ++c)
            html +=
                cell_at(map.cells[r * map.columns.size() + c], grid.left + grid.wide * static_cast<double>(c), y, grid);
    }
    return html;
}

}  // namespace

HeatCell diverging(double value, double largest) {
    HeatCell cell{.tone = value < 0 ? HeatCell::Tone::bad : HeatCell::Tone::good};
    if (std::isnan(value)) return cell.text = "–", cell;
    if (value != 0 && largest > 0) cell.strength = std::min(1.0, std::isinf(value) ? 1.0 : std::abs(value) / largest);
    if (value != 0) cell.strength = std::max(cell.strength, 0.04);  // 0 alone is without colour
    cell.text = significant(value, 2);
    cell.hint = significant(value, 6);
    return cell;
}

Html to_html(const HeatDrawing& drawing) {
    const Grid grid(drawing.map);
    const double width = width_of(drawing.map, grid);
    const Html svg = tag("svg",
                         {{"viewBox", "0 0 " + coordinate(width) + " " + coordinate(height_of(drawing.map, grid))},
                          {"class", "plot still"},
                          {"style", "max-width:" + coordinate(1.2 * width) + "px"},
                          {"role", "img"},
                          {"aria-label", drawing.title}},
                         cells_of(drawing.map, grid));
    return tag("figure", {{"class", "matrix"}}, tag("figcaption", {}, tag("b", {}, drawing.title)) + svg);
}

std::string svg_file(const HeatDrawing& drawing) {
    const Grid grid(drawing.map);
    return to_svg({.title = drawing.title,
                   .width = std::max(width_of(drawing.map, grid),
                                     kCellLetter * static_cast<double>(display_width(drawing.title))),
                   .height = height_of(drawing.map, grid),
                   .drawing = cells_of(drawing.map, grid)});
}

}  // namespace normlab
