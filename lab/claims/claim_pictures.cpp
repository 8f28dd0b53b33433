#include "lab/claims/claim_pictures.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/support/files.h"
#include "lab/report/chart.h"
#include "lab/report/heat_map.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPoints = 240;  // of a curve: more cannot be seen, and would make the page long
constexpr std::size_t kMostStops = 10;    // of an axis that has ticks where the curves have points

// Every so many points, so that few enough are left; the last one is among them.
std::vector<double> thinned(const std::vector<double>& values, std::size_t step) {
    std::vector<double> left;
    for (std::size_t i = values.empty() ? 0 : (values.size() - 1) % step; i < values.size(); i += step)
        left.push_back(values[i]);
    return left;
}

Series::Style style_of(Plot::Curve::Style style) {
    switch (style) {
        case Plot::Curve::Style::line: break;
        case Plot::Curve::Style::dashed: return Series::Style::dashed;
        case Plot::Curve::Style::points: return Series::Style::points;
        case Plot::Curve::Style::bars: return Series::Style::bars;
    }
    return Series::Style::line;
}

Series series_of(const Plot::Curve& curve, Language language) {
    const std::size_t step = curve.style == Plot::Curve::Style::line ? curve.x.size() / kMostPoints + 1 : 1;
    return {.name = curve.name.in(language),
            .x = thinned(curve.x, step),
            .y = thinned(curve.y, step),
            .low = thinned(curve.low, step),
            .high = thinned(curve.high, step),
            .colour = curve.colour,
            .style = style_of(curve.style)};
}

// A logarithmic axis of few values has its ticks at them: 2, 4, 8.
std::vector<double> stops_of(const Plot& plot) {
    if (!plot.x_logarithmic) return {};
    std::set<double> stops;
    for (const Plot::Curve& curve : plot.curves) stops.insert(curve.x.begin(), curve.x.end());
    if (stops.size() < 2 || stops.size() > kMostStops || !(*stops.begin() > 0)) return {};
    return {stops.begin(), stops.end()};
}

Chart chart_of(const Plot& plot, Language language) {
    Chart chart{.title = plot.title.in(language), .unit = plot.y.in(language)};
    chart.x = {.title = plot.x.in(language), .logarithmic = plot.x_logarithmic, .stops = stops_of(plot)};
    for (const Words& name : plot.x_names) chart.x.names.push_back(name.in(language));
    if (!plot.x_names.empty())
        chart.x.text = [names = chart.x.names](double place) { return names.at(static_cast<std::size_t>(place)); };
    chart.y = {.logarithmic = plot.y_logarithmic};
    for (const Plot::Curve& curve : plot.curves) chart.series.push_back(series_of(curve, language));
    for (const Plot::Line& line : plot.lines) chart.levels.push_back({line.y, line.y, line.text.in(language)});
    if (language == Language::ko) chart.words = {"로그 눈금", "없음", "값 없음", "/", ""};
    return chart;
}

double largest_of(const Map& map) {
    double largest = 0;
    for (const double value : map.values)
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    return largest;
}

bool same_shape(const Map& a, const Map& b) {
    return a.rows == b.rows && a.columns == b.columns;
}

// Maps of one shape are to be compared, so they share their strongest colour.
double strongest(const Map& map, const std::vector<Picture>& pictures) {
    double largest = 0;
    for (const Picture& picture : pictures)
        if (const Map* other = std::get_if<Map>(&picture); other != nullptr && same_shape(map, *other))
            largest = std::max(largest, largest_of(*other));
    return largest;
}

HeatDrawing drawing_of(const Map& map, const std::vector<Picture>& pictures, Language language) {
    HeatDrawing drawing{.title = map.title.in(language),
                        .map = {.row_title = map.row_title.in(language),
                                .column_title = map.column_title.in(language),
                                .rows = map.rows,
                                .columns = map.columns}};
    const double largest = strongest(map, pictures);
    for (std::size_t i = 0; i < map.values.size(); ++i) {
        HeatCell cell = diverging(map.values[i], largest);
        cell.hint = map.rows[i / map.columns.size()] + ", " + map.columns[i % map.columns.size()] + ": " + cell.hint;
        drawing.map.cells.push_back(std::move(cell));
    }
    return drawing;
}

Html on_page(const Picture& picture, const std::vector<Picture>& all, Language language) {
    if (const Plot* plot = std::get_if<Plot>(&picture)) return to_html(chart_of(*plot, language));
    return to_html(drawing_of(std::get<Map>(picture), all, language));
}

std::string as_file(const Picture& picture, const std::vector<Picture>& all, Language language) {
    if (const Plot* plot = std::get_if<Plot>(&picture)) return svg_file(chart_of(*plot, language));
    return svg_file(drawing_of(std::get<Map>(picture), all, language));
}

// How those that follow each other and are of one kind stand together.
std::string arrangement(const Picture& first, std::size_t count) {
    if (std::holds_alternative<Map>(first)) return "maps";
    if (count == 1) return "single";
    return count % 2 == 0 ? "pair" : "pair first-wide";
}

}  // namespace

Html pictures_on_page(const std::vector<Picture>& pictures, Language language) {
    Html html;
    for (std::size_t first = 0; first < pictures.size();) {
        std::size_t end = first;
        Html group;
        while (end < pictures.size() && pictures[end].index() == pictures[first].index())
            group += on_page(pictures[end++], pictures, language);
        html += tag("div", {{"class", "pictures " + arrangement(pictures[first], end - first)}}, group);
        first = end;
    }
    return html;
}

void write_pictures(const Examined& examination, const fs::path& folder) {
    const std::string name = examination.claim->name;
    const std::vector<Picture>& pictures = examination.evidence.pictures;
    fs::create_directories(folder / name);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const fs::path file = folder / name / (name + "-" + std::to_string(i + 1));
        replace_file(file.string() + ".svg", as_file(pictures[i], pictures, Language::en));
        replace_file(file.string() + ".ko.svg", as_file(pictures[i], pictures, Language::ko));
    }
}

}  // namespace normlab
